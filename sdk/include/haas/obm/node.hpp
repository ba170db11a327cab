// SPDX-License-Identifier: Apache-2.0
//
// What a driver author's node is made of: fields, calls, replies, and the two classes of which it derives from one.
// Included by driver.hpp, which tells the whole.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <concepts>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "haas/obm/abi.h"
#include "haas/obm/diagnosis.hpp"

namespace haas::obm {

enum class Status : haas_obm_status {
    ok = HAAS_OBM_OK,
    invalid = HAAS_OBM_INVALID,
    unsupported = HAAS_OBM_UNSUPPORTED,
    unreachable = HAAS_OBM_UNREACHABLE,
    credentials = HAAS_OBM_CREDENTIALS,
    privilege = HAAS_OBM_PRIVILEGE,
    cipher = HAAS_OBM_CIPHER,
    busy = HAAS_OBM_BUSY,
    state = HAAS_OBM_STATE,
    protocol = HAAS_OBM_PROTOCOL,
    timed_out = HAAS_OBM_TIMED_OUT,
    cancelled = HAAS_OBM_CANCELLED,
    internal = HAAS_OBM_INTERNAL,
};

enum class Effect : std::int32_t { none = HAAS_OBM_EFFECT_NONE, unknown = HAAS_OBM_EFFECT_UNKNOWN };

// Of a failure.  yes: it will be the same until the node's fields change; the host asks no more until then, so as not to
// lock an account.  Status::credentials is final whatever is said here.
enum class Final : std::int32_t { no = 0, yes = 1 };

enum class Power : std::int32_t { unknown = HAAS_OBM_POWER_UNKNOWN, off = HAAS_OBM_POWER_OFF, on = HAAS_OBM_POWER_ON };

// What a failure of this kind says about the request when its author says nothing: a refusal means that nothing was
// done, silence means that nobody knows.
constexpr Effect likely_effect(Status status) noexcept {
    return status == Status::protocol || status == Status::timed_out || status == Status::cancelled ||
                   status == Status::internal
               ? Effect::unknown
               : Effect::none;
}

// Why something did not work: thrown by blocking functions, constructors and attach; handed to Reply::fail by others.
class Failure : public std::runtime_error {
public:
    Failure(Status status, const std::string& sentence) : Failure(status, sentence, likely_effect(status)) {}
    Failure(Status status, const std::string& sentence, Effect effect, Final final = Final::no)
        : std::runtime_error(sentence), status_(status), effect_(effect), final_(final) {}
    Status status() const noexcept { return status_; }
    Effect effect() const noexcept { return effect_; }
    Final final() const noexcept { return final_; }

private:
    Status status_;
    Effect effect_;
    Final final_;
};

inline std::string_view view(haas_obm_text text) noexcept {
    return {text.data, static_cast<std::size_t>(text.size)};
}
constexpr haas_obm_text text(std::string_view view) noexcept { return {view.data(), view.size()}; }

// The fields of a node or the options of a driver, borrowed for the call.  The host has checked a node's fields against
// the schema; options are always text.
class Fields {
public:
    Fields(const haas_obm_field* fields, std::uint64_t count) noexcept : fields_(fields), count_(count) {}

    std::optional<std::string_view> string(std::string_view name) const noexcept {
        const haas_obm_field* field = find(name, HAAS_OBM_KIND_STRING);
        return field != nullptr ? std::optional(view(field->string)) : std::nullopt;
    }
    std::optional<std::int64_t> integer(std::string_view name) const noexcept {
        const haas_obm_field* field = find(name, HAAS_OBM_KIND_INTEGER);
        return field != nullptr ? std::optional(field->integer) : std::nullopt;
    }
    std::optional<bool> boolean(std::string_view name) const noexcept {
        const haas_obm_field* field = find(name, HAAS_OBM_KIND_BOOLEAN);
        return field != nullptr ? std::optional(field->integer != 0) : std::nullopt;
    }

    // Throws Failure(invalid) naming the first one that is not in the list.
    void refuse_others(std::initializer_list<std::string_view> known) const {
        for (const haas_obm_field& field : *this) {
            const std::string_view name = view(field.name);
            if (std::find(known.begin(), known.end(), name) != known.end()) continue;
            std::string sentence = "unknown option '" + std::string(name) + "'; known:";
            if (known.size() == 0) sentence += " none";
            for (const std::string_view one : known) sentence.append(1, ' ').append(one);
            throw Failure(Status::invalid, sentence);
        }
    }

    const haas_obm_field* begin() const noexcept { return fields_; }
    const haas_obm_field* end() const noexcept { return fields_ + count_; }

private:
    const haas_obm_field* find(std::string_view name, std::uint32_t kind) const noexcept {
        const haas_obm_field* found = std::find_if(begin(), end(), [&](const haas_obm_field& field) {
            return field.kind == kind && view(field.name) == name;
        });
        return found != end() ? found : nullptr;
    }

    const haas_obm_field* fields_;
    std::uint64_t count_;
};

// A value that a driver gives: a fact, or a result.  std::monostate makes the host forget a fact.
struct Value {
    std::string_view name;
    std::variant<std::monostate, std::string_view, std::int64_t, bool> value;

    haas_obm_field field() const noexcept {
        haas_obm_field out{text(name), HAAS_OBM_KIND_NONE, 0, {nullptr, 0}, 0};
        if (const auto* string = std::get_if<std::string_view>(&value)) {
            out.kind = HAAS_OBM_KIND_STRING;
            out.string = text(*string);
        } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
            out.kind = HAAS_OBM_KIND_INTEGER;
            out.integer = *integer;
        } else if (const auto* boolean = std::get_if<bool>(&value)) {
            out.kind = HAAS_OBM_KIND_BOOLEAN;
            out.integer = *boolean ? 1 : 0;
        }
        return out;
    }
};
using Values = std::initializer_list<Value>;

enum class Level : std::int32_t {
    debug = HAAS_OBM_LOG_DEBUG,
    info = HAAS_OBM_LOG_INFO,
    warn = HAAS_OBM_LOG_WARN,
    error = HAAS_OBM_LOG_ERROR,
};

// The host's clock: nanoseconds since some moment before it started.
using Time = std::chrono::nanoseconds;

// The services of the host: a handle to copy around, valid until the driver is destroyed.  [any-thread]
class Host {
public:
    explicit Host(const haas_obm_host* host) noexcept : host_(host) {}

    void log(Level level, std::string_view sentence) const {
        host_->log(host_->context, static_cast<std::int32_t>(level), text(sentence));
    }
    bool log_enabled(Level level) const {
        return host_->log_enabled(host_->context, static_cast<std::int32_t>(level)) != 0;
    }
    Time now() const { return Time(host_->now_ns(host_->context)); }
    const haas_obm_host* raw() const noexcept { return host_; }

private:
    const haas_obm_host* host_;
};

// What a node is told about itself when it is attached; copied by whoever keeps it.
struct NodeContext {
    Host host;
    std::uint64_t id;
    std::string label;  // for people

    // Tells the host what was found out about this node.  [any-thread]
    void publish(Values facts) const {
        std::vector<haas_obm_field> fields;
        for (const Value& fact : facts) fields.push_back(fact.field());
        host.raw()->publish_facts(host.raw()->context, id, fields.data(), fields.size());
    }
};

// The promise to answer one operation.  It answers once; the first answer counts, and a Reply that is dropped without
// one answers "internal".  Movable to any thread, used by one at a time.  [any-thread]
class Reply {
public:
    Reply(Host host, const haas_obm_operation& operation) noexcept
        : host_(host.raw()), id_(operation.id), deadline_(operation.deadline_ns) {}
    Reply(Reply&& other) noexcept
        : host_(std::exchange(other.host_, nullptr)), id_(other.id_), deadline_(other.deadline_) {}
    Reply& operator=(Reply&& other) noexcept {
        if (this != &other) {
            drop();
            host_ = std::exchange(other.host_, nullptr);
            id_ = other.id_;
            deadline_ = other.deadline_;
        }
        return *this;
    }
    ~Reply() { drop(); }

    // What the host calls this operation when it cancels it.
    std::uint64_t id() const noexcept { return id_; }
    Time deadline() const noexcept { return Time(deadline_); }
    bool answered() const noexcept { return host_ == nullptr; }

    void done(std::string_view remark = {}) noexcept { send(Status::ok, Effect::none, remark, Power::unknown, nullptr, 0); }
    void done(Power power) noexcept { send(Status::ok, Effect::none, {}, power, nullptr, 0); }
    void done(Values values, std::string_view remark = {}) {
        std::vector<haas_obm_field> fields;
        for (const Value& value : values) fields.push_back(value.field());
        send(Status::ok, Effect::none, remark, Power::unknown, fields.data(), fields.size());
    }
    void done(const Diagnosis& diagnosis) {
        const detail::DiagnosisValues values(diagnosis);
        send(Status::ok, Effect::none, {}, Power::unknown, values.fields.data(), values.fields.size());
    }
    void fail(Status status, std::string_view sentence, Effect effect, Final final = Final::no) noexcept {
        send(status, effect, sentence, Power::unknown, nullptr, 0, final);
    }
    void fail(Status status, std::string_view sentence) noexcept { fail(status, sentence, likely_effect(status)); }
    void fail(const Failure& failure) noexcept { fail(failure.status(), failure.what(), failure.effect(), failure.final()); }
    // Of what was to be typed into a console the managed system took that many bytes for certain.
    void fail_write(Status status, std::string_view sentence, Effect effect, std::uint64_t accepted) noexcept {
        const haas_obm_field value{text("accepted"), HAAS_OBM_KIND_INTEGER, 0, {nullptr, 0}, static_cast<std::int64_t>(accepted)};
        send(status, effect, sentence, Power::unknown, &value, 1);
    }

private:
    void send(Status status, Effect effect, std::string_view message, Power power, const haas_obm_field* values,
              std::uint64_t count, Final final = Final::no) noexcept {
        const haas_obm_host* host = std::exchange(host_, nullptr);
        if (host == nullptr) return;
        const haas_obm_completion completion{sizeof(haas_obm_completion),
                                             static_cast<haas_obm_status>(status),
                                             static_cast<std::int32_t>(effect),
                                             static_cast<std::int32_t>(power),
                                             static_cast<std::int32_t>(final),
                                             text(message),
                                             values,
                                             count};
        host->complete(host->context, id_, &completion);
    }
    void drop() noexcept { fail(Status::internal, "the driver dropped the operation without an answer"); }

    const haas_obm_host* host_;
    std::uint64_t id_;
    std::uint64_t deadline_;
};

// ---- A driver with its own loop: these functions run on the host's loop and return at once.  [host-loop] ----------

class Node {
public:
    virtual ~Node() = default;
    virtual void power_on(Reply reply) = 0;
    virtual void power_off(Reply reply) = 0;
    virtual void reset(Reply reply) = 0;
    virtual void status(Reply reply) = 0;  // reply.done(Power)
    // Answer the Reply of that id soon; an unknown id is ignored.
    virtual void cancel(std::uint64_t operation) noexcept = 0;
};

// ---- A driver that blocks: these functions run on a worker, one of a node at a time.  [driver-thread] --------------

// One running operation, as a blocking function sees it.
class Call {
public:
    Call(Host host, const haas_obm_operation& operation) noexcept
        : host_(host), id_(operation.id), deadline_(operation.deadline_ns) {}
    Time deadline() const noexcept { return deadline_; }
    // Time left, never negative.
    Time remaining() const { return std::max(Time(0), deadline_ - host_.now()); }
    // The result is no longer wanted: a long wait should end.  [any-thread]
    bool cancelled() const noexcept { return cancelled_.load(std::memory_order_relaxed); }
    void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }
    std::uint64_t id() const noexcept { return id_; }

private:
    Host host_;
    std::uint64_t id_;
    Time deadline_;
    std::atomic<bool> cancelled_{false};
};

// Returning means that the managed system accepted the request.  Throwing a Failure says why not; any other exception
// is reported as a defect of the driver.  The destructor may run on a worker.
class BlockingNode {
public:
    virtual ~BlockingNode() = default;
    virtual void power_on(const Call& call) = 0;
    virtual void power_off(const Call& call) = 0;
    virtual void reset(const Call& call) = 0;
    virtual Power status(const Call& call) = 0;
};

}  // namespace haas::obm

// SPDX-License-Identifier: Apache-2.0
//
// A host for tests of drivers: gives every service of haas_obm_host, remembers all that a driver says, and notes each
// breach of the contract.  Standard library and abi.h only; knows no test framework.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "haas/obm/abi.h"

namespace haas::obm::testing {

// A field, option, fact or result value, owned.  std::monostate: a fact to forget.
struct Named {
    std::string name;
    std::variant<std::monostate, std::string, std::int64_t, bool> value;
};
using NamedValues = std::vector<Named>;

inline haas_obm_text text(std::string_view view) noexcept { return {view.data(), view.size()}; }
inline std::string_view view(haas_obm_text text) noexcept { return {text.data, static_cast<std::size_t>(text.size)}; }

// As the ABI has them; pointing into `values`.
inline std::vector<haas_obm_field> borrow(const NamedValues& values) {
    std::vector<haas_obm_field> out;
    for (const Named& one : values) {
        haas_obm_field field{text(one.name), HAAS_OBM_KIND_NONE, 0, {nullptr, 0}, 0};
        if (const auto* string = std::get_if<std::string>(&one.value)) {
            field.kind = HAAS_OBM_KIND_STRING;
            field.string = text(*string);
        } else if (const auto* integer = std::get_if<std::int64_t>(&one.value)) {
            field.kind = HAAS_OBM_KIND_INTEGER;
            field.integer = *integer;
        } else if (const auto* boolean = std::get_if<bool>(&one.value)) {
            field.kind = HAAS_OBM_KIND_BOOLEAN;
            field.integer = *boolean ? 1 : 0;
        }
        out.push_back(field);
    }
    return out;
}

inline NamedValues copy(const haas_obm_field* fields, std::uint64_t count) {
    NamedValues out;
    for (std::uint64_t i = 0; i < count; ++i) {
        Named one{std::string(view(fields[i].name)), {}};
        if (fields[i].kind == HAAS_OBM_KIND_STRING) one.value = std::string(view(fields[i].string));
        if (fields[i].kind == HAAS_OBM_KIND_INTEGER) one.value = fields[i].integer;
        if (fields[i].kind == HAAS_OBM_KIND_BOOLEAN) one.value = fields[i].integer != 0;
        out.push_back(std::move(one));
    }
    return out;
}

// How an operation ended.
struct Completed {
    haas_obm_status status = HAAS_OBM_INTERNAL;
    std::int32_t effect = HAAS_OBM_EFFECT_UNKNOWN;
    std::int32_t power = HAAS_OBM_POWER_UNKNOWN;
    std::string message;
    NamedValues values;
    std::int32_t final = 0;
};

// All functions from any thread.  It must outlive the driver; keep it when a driver left threads behind.
class FakeHost {
public:
    enum class Clock { real, manual };  // manual: time passes only by advance()
    using Duration = std::chrono::nanoseconds;

    struct Line {
        std::int32_t level;
        std::string message;
    };

    explicit FakeHost(Clock clock = Clock::real) : clock_(clock) {}
    ~FakeHost() {
        static_cast<void>(end_workers(Duration::zero()));
        join();
    }
    FakeHost(const FakeHost&) = delete;
    FakeHost& operator=(const FakeHost&) = delete;

    const haas_obm_host* table() const noexcept { return &table_; }

    // ---- The clock ----
    Duration now() const {
        if (clock_ == Clock::manual) return Duration(manual_ns_.load());
        return std::chrono::steady_clock::now().time_since_epoch();
    }
    void advance(Duration by) { manual_ns_ += by.count(); }

    // ---- Operations ----
    // A new operation, open until it is completed; hand its address to the driver.  `name` is for breaches.
    haas_obm_operation operation(std::string name, Duration timeout) {
        const std::lock_guard lock(mutex_);
        const std::uint64_t id = ++last_id_;
        operations_[id].name = std::move(name);
        const Duration deadline = std::max(Duration::zero(), now() + timeout);
        return {sizeof(haas_obm_operation), id, static_cast<std::uint64_t>(deadline.count())};
    }
    // Waits in real time.
    std::optional<Completed> wait(std::uint64_t operation, Duration timeout) {
        std::unique_lock lock(mutex_);
        const auto done = [&] { return operations_[operation].result.has_value(); };
        if (!changed_.wait_for(lock, timeout, done)) return std::nullopt;
        return operations_[operation].result;
    }
    std::size_t open_operations() const {
        const std::lock_guard lock(mutex_);
        return static_cast<std::size_t>(std::count_if(operations_.begin(), operations_.end(),
                                                      [](const auto& one) { return !one.second.result.has_value(); }));
    }

    // ---- What the driver said ----
    std::vector<Line> lines() const {
        const std::lock_guard lock(mutex_);
        return lines_;
    }
    // The facts of a node, merged as a host does.
    NamedValues facts(std::uint64_t node) const {
        const std::lock_guard lock(mutex_);
        const auto at = facts_.find(node);
        return at != facts_.end() ? at->second : NamedValues();
    }
    // Sentences about breaches of the contract so far.
    std::vector<std::string> breaches() const {
        const std::lock_guard lock(mutex_);
        return breaches_;
    }

    // ---- The end ----
    // No more jobs; waiting ones are called as abandoned.  False if one still runs after `timeout`.
    bool end_workers(Duration timeout) {
        {
            std::unique_lock lock(mutex_);
            ending_ = true;
            changed_.notify_all();
            if (!changed_.wait_for(lock, timeout, [&] { return busy_lanes_ == 0; })) return false;
        }
        join();
        return true;
    }
    // Gives up the worker threads: some job does not end.  This host must then live until the process ends.
    void leave_workers() {
        const std::lock_guard lock(mutex_);
        ending_ = true;
        changed_.notify_all();
        for (auto& [node, lane] : lanes_) lane->thread.detach();
    }
    // The driver is destroyed: every later call is a breach.
    void close() { closed_ = true; }

private:
    struct Operation {
        std::string name;
        std::optional<Completed> result;
    };
    struct Job {
        void (*function)(void* argument, std::int32_t abandoned);
        void* argument;
    };
    struct Lane {
        std::deque<Job> jobs;
        std::thread thread;
    };

    static FakeHost& of(haas_obm_host_context* context) noexcept { return *reinterpret_cast<FakeHost*>(context); }

    // After ending_ nothing changes the lanes any more.
    void join() {
        for (auto& [node, lane] : lanes_) {
            if (lane->thread.joinable()) lane->thread.join();
        }
    }

    // With the mutex held.
    void breach(std::string sentence) {
        // One of a kind is enough: a thousand operations can go wrong the same way.
        if (std::find(breaches_.begin(), breaches_.end(), sentence) == breaches_.end()) {
            breaches_.push_back(std::move(sentence));
        }
    }
    void called(const char* function) {
        if (closed_) breach(std::string("called the host's ") + function + " after destroy");
    }

    static void complete(haas_obm_host_context* context, std::uint64_t id, const haas_obm_completion* completion) {
        FakeHost& host = of(context);
        const std::lock_guard lock(host.mutex_);
        host.called("complete");
        const auto at = host.operations_.find(id);
        if (at == host.operations_.end()) return host.breach("completed an operation that was never asked for");
        Operation& operation = at->second;
        if (operation.result) return host.breach("completed " + operation.name + " twice");
        Completed result;
        if (completion == nullptr || completion->struct_size < sizeof(haas_obm_completion)) {
            host.breach("completed " + operation.name + " with a struct_size that is too small");
        } else {
            result = {completion->status, completion->effect, completion->power, std::string(view(completion->message)),
                      copy(completion->values, completion->value_count), completion->final};
        }
        operation.result = std::move(result);
        host.changed_.notify_all();
    }

    static void log(haas_obm_host_context* context, std::int32_t level, haas_obm_text message) {
        FakeHost& host = of(context);
        const std::lock_guard lock(host.mutex_);
        host.called("log");
        host.lines_.push_back({level, std::string(view(message))});
    }

    static std::int32_t log_enabled(haas_obm_host_context*, std::int32_t) { return 1; }

    static std::uint64_t now_ns(haas_obm_host_context* context) {
        return static_cast<std::uint64_t>(of(context).now().count());
    }

    static void publish_facts(haas_obm_host_context* context, std::uint64_t node, const haas_obm_field* fields,
                              std::uint64_t count) {
        FakeHost& host = of(context);
        const std::lock_guard lock(host.mutex_);
        host.called("publish_facts");
        NamedValues& facts = host.facts_[node];
        for (Named& fact : copy(fields, count)) {
            std::erase_if(facts, [&](const Named& old) { return old.name == fact.name; });
            if (!std::holds_alternative<std::monostate>(fact.value)) facts.push_back(std::move(fact));
        }
    }

    // A thread for each node makes the rule "never two of one node" true by construction.
    static haas_obm_status run(haas_obm_host_context* context, std::uint64_t node,
                               void (*function)(void* argument, std::int32_t abandoned), void* argument) {
        FakeHost& host = of(context);
        const std::lock_guard lock(host.mutex_);
        host.called("run");
        if (host.ending_) return HAAS_OBM_BUSY;
        auto& lane = host.lanes_[node];
        if (!lane) {
            lane = std::make_unique<Lane>();
            lane->thread = std::thread([&host, raw = lane.get()] { host.work(*raw); });
        }
        if (lane->jobs.empty()) ++host.busy_lanes_;
        lane->jobs.push_back({function, argument});
        host.changed_.notify_all();
        return HAAS_OBM_OK;
    }

    void work(Lane& lane) {
        std::unique_lock lock(mutex_);
        for (;;) {
            changed_.wait(lock, [&] { return !lane.jobs.empty() || ending_; });
            if (lane.jobs.empty()) return;
            const Job job = lane.jobs.front();
            const bool abandoned = ending_;
            lock.unlock();
            job.function(job.argument, abandoned ? 1 : 0);
            lock.lock();
            lane.jobs.pop_front();
            if (lane.jobs.empty()) --busy_lanes_;
            changed_.notify_all();
        }
    }

    const Clock clock_;
    std::atomic<std::int64_t> manual_ns_{1'000'000'000};
    std::atomic<bool> closed_{false};

    mutable std::mutex mutex_;  // guards all below; not held while a job runs
    std::condition_variable changed_;
    std::uint64_t last_id_ = 0;
    std::map<std::uint64_t, Operation> operations_;
    std::vector<Line> lines_;
    std::map<std::uint64_t, NamedValues> facts_;
    std::vector<std::string> breaches_;
    std::map<std::uint64_t, std::unique_ptr<Lane>> lanes_;
    std::size_t busy_lanes_ = 0;
    bool ending_ = false;

    const haas_obm_host table_{sizeof(haas_obm_host), reinterpret_cast<haas_obm_host_context*>(this),
                               &complete,             &log,
                               &log_enabled,          &now_ns,
                               &publish_facts,        &run};
};

}  // namespace haas::obm::testing

#include "core/api/bulk_work.hpp"

#include <chrono>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/api/access.hpp"
#include "core/api/change.hpp"
#include "core/api/error.hpp"
#include "core/api/power_words.hpp"

namespace haas::api {
namespace {

using Kind = Fanout::Kind;

Fanout::Answer failure_line(const std::string& node, const Error& error, bool changes) {
    const bool unknown = changes && error.effect == Effect::unknown;
    JsonWriter json;
    json.begin_object().key("node").string(node).key("ok").boolean(false);
    json.key("outcome").string(unknown ? "unknown" : "failed");
    json.key("power_status").null();
    json.key("error").begin_object();
    json.key("type").string(error_type(error, {.changes = changes}));
    json.key("msg").string(error.message);
    json.key("code").string(name(error.code));
    json.end_object().end_object();
    return {json.take(), unknown ? Kind::unknown : Kind::failed, {}};
}

// The last line.  `words` is what those of the kind ok are counted by.
std::string summary(std::string_view words, bool changes, const Fanout::Count& count) {
    const auto number = [](std::size_t n) { return static_cast<std::int64_t>(n); };
    JsonWriter json;
    json.begin_object().key("summary").begin_object();
    json.key("nodes").integer(number(count.nodes));
    json.key("ok").integer(number(count.ok));
    json.key("failed").integer(number(count.failed));
    if (changes) json.key("unknown").integer(number(count.unknown));
    json.key("not_started").integer(number(count.not_started));
    json.key(words).begin_object();
    for (const auto& [word, n] : count.words) json.key(word).integer(number(n));
    json.end_object();
    json.key("seconds").raw(fmt::format("{:.3f}", std::chrono::duration<double>(count.time).count()));
    json.end_object().end_object();
    return json.take();
}

class Switch final : public Fanout::Work {
public:
    Switch(const Services& services, const Call& call, node::PowerRequest request)
        : services_(services), who_(call.who), request_id_(call.request.id), request_(request) {}

    node::Ticket begin(const std::string& node, Fanout::Answered answered) override {
        std::optional<Error> refused = refuse_node(who_, Right::power, node);
        if (!refused && !services_.registry.known(node)) refused = no_such_node(node);
        if (refused) {
            answered(failure_line(node, *refused, true));
            return {};
        }
        Change change(services_, who_.name(), request_id_, node, std::string(name(request_.verb)));
        const bool dry_run = services_.options.dry_run;
        const auto done = [change = std::move(change), answered = std::move(answered),
                           dry_run](const Result<node::PowerOutcome>& result) {
            if (!result) {
                change.note_failure(result.error());
                return answered(failure_line(change.node(), result.error(), true));
            }
            const std::string_view word = outcome_word(*result, dry_run);
            change.succeeded(word, result->sent ? name(*result->sent) : "nothing sent");
            JsonWriter json;
            json.begin_object().key("node").string(change.node()).key("ok").boolean(true);
            json.key("outcome").string(word);
            json.key("power_status");
            result->verdict ? json.string(name(result->power)) : json.null();
            json.key("sent");
            result->sent ? json.string(name(*result->sent)) : json.null();
            json.end_object();
            answered({json.take(), Kind::ok, word});
        };
        return services_.registry.power(node, request_, done, who_.name());
    }

private:
    const Services& services_;
    auth::Principal who_;
    std::string request_id_;
    node::PowerRequest request_;
};

Fanout::Answer state_line(const std::string& node, driver::Power power, Loop::Duration age) {
    const std::string_view word = name(power);
    JsonWriter json;
    json.begin_object().key("node").string(node).key("ok").boolean(true);
    json.key("power_status").string(word);
    json.key("age").integer(std::chrono::duration_cast<std::chrono::seconds>(age).count());
    json.end_object();
    return {json.take(), Kind::ok, word};
}

class Ask final : public Fanout::Work {
public:
    Ask(const Services& services, const Call& call, Loop::Duration max_age)
        : services_(services), who_(call.who), max_age_(max_age) {}

    node::Ticket begin(const std::string& node, Fanout::Answered answered) override {
        if (const std::optional<Error> refused = refuse_node(who_, Right::status, node)) {
            answered(failure_line(node, *refused, false));
            return {};
        }
        if (max_age_ > Loop::Duration::zero()) {
            const std::optional<node::KnownPower> known = services_.registry.known_power(node);
            if (known && known->age <= max_age_) {
                answered(state_line(node, known->power, known->age));
                return {};
            }
        }
        const auto done = [node, answered = std::move(answered)](const Result<driver::Power>& power) {
            answered(power ? state_line(node, *power, {}) : failure_line(node, power.error(), false));
        };
        return services_.registry.power_status(node, done);
    }

private:
    const Services& services_;
    auth::Principal who_;
    Loop::Duration max_age_;
};

}  // namespace

std::unique_ptr<Fanout::Work> switch_each(const Services& services, const Call& call, node::PowerRequest request) {
    return std::make_unique<Switch>(services, call, request);
}

std::unique_ptr<Fanout::Work> ask_each(const Services& services, const Call& call, Loop::Duration max_age) {
    return std::make_unique<Ask>(services, call, max_age);
}

std::string summary_of_switching(const Fanout::Count& count) { return summary("outcomes", true, count); }
std::string summary_of_asking(const Fanout::Count& count) { return summary("power_status", false, count); }

}  // namespace haas::api

// The calls that switch a node, read its power state, and choose its boot device.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/api/error.hpp"
#include "core/api/handlers.hpp"
#include "core/base/log.hpp"
#include "core/node/switching.hpp"

namespace haas::api {
namespace {

http::Response announce_dry_run(http::Response response, const Services& services) {
    if (services.options.dry_run) response.headers.push_back({"X-Haas-Dry-Run", "1"});
    return response;
}

// What an answer says that was held until the state was reached; nothing where it was not held.
std::string to_json(const node::PowerOutcome& outcome) {
    if (!outcome.verdict) return {};
    JsonWriter json;
    json.begin_object();
    json.key("power_status").string(name(outcome.power));
    json.key("outcome").string(name(*outcome.verdict));
    json.key("sent");
    outcome.sent ? json.string(name(*outcome.sent)) : json.null();
    json.end_object();
    return json.take();
}

std::string_view log_word(const node::PowerOutcome& outcome, bool dry_run) {
    if (dry_run) return "dry_run";
    if (outcome.verdict) return name(*outcome.verdict);
    return outcome.sent ? "accepted" : "already";
}

// Answers an operation that changes something, and leaves the line that says who did what.
class ChangeAnswer {
public:
    ChangeAnswer(const Services& services, Call& call, std::string node, std::string operation)
        : services_(&services),
          respond_(std::move(call.respond)),
          who_(call.who.name),
          node_(std::move(node)),
          operation_(std::move(operation)),
          begin_(std::chrono::steady_clock::now()) {}

    void operator()(const Result<void>& result) const {
        result ? succeed(services_->options.dry_run ? "dry_run" : "accepted", operation_, {}) : fail(result.error());
    }
    void operator()(const Result<node::PowerOutcome>& result) const {
        if (!result) return fail(result.error());
        succeed(log_word(*result, services_->options.dry_run), result->sent ? name(*result->sent) : "nothing", to_json(*result));
    }

private:
    long long ms() const {
        const auto time = std::chrono::steady_clock::now() - begin_;
        return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
    }
    // `sent` is what the BMC was told: a cycle of an off node is a power on.
    void succeed(std::string_view outcome, std::string_view sent, std::string json) const {
        log::info("node.operation", {{"node", node_},
                                     {"operation", operation_},
                                     {"who", who_},
                                     {"outcome", outcome},
                                     {"sent", sent},
                                     {"ms", ms()}});
        respond_(announce_dry_run(ok(std::move(json)), *services_));
    }
    void fail(const Error& error) const {
        log::warn("node.operation", {{"node", node_},
                                     {"operation", operation_},
                                     {"who", who_},
                                     {"outcome", error.effect == Effect::unknown ? "unknown" : "failed"},
                                     {"ms", ms()},
                                     {"code", name(error.code)},
                                     {"msg", error.message}});
        const About about{.node = node_, .operation = operation_, .changes = true};
        respond_(announce_dry_run(error_response(error, about), *services_));
    }

    const Services* services_;
    http::Respond respond_;
    std::string who_;
    std::string node_;
    std::string operation_;
    std::chrono::steady_clock::time_point begin_;
};

template <class T, class ToJson>
driver::Completion<T> answer_read(Call& call, std::string node, std::string operation, ToJson to_json) {
    return [respond = std::move(call.respond), node = std::move(node), operation = std::move(operation),
            to_json](const Result<T>& result) {
        respond(result ? ok(to_json(*result)) : error_response(result.error(), {.node = node, .operation = operation}));
    };
}

// ?wait=SECONDS: zero without it.
Result<Loop::Duration> read_wait(const Call& call) {
    const std::optional<std::string> text = query_value(call.request.target, "wait");
    if (!text) return Loop::Duration::zero();
    constexpr long most = node::Switching::longest.count();
    long seconds = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
    if (error != std::errc() || end != text->data() + text->size() || seconds < 0 || seconds > most) {
        return fail(Errc::invalid, fmt::format("wait must be a number of seconds, 0 to {}", most));
    }
    return std::chrono::seconds(seconds);
}

void switch_power(const Services& services, Call call, node::PowerRequest request) {
    const Result<std::string> label = read_label(call);
    if (!label) return call.respond(error_response(label.error()));
    const Result<Loop::Duration> wait = read_wait(call);
    if (!wait) return call.respond(error_response(wait.error()));
    request.wait = *wait;
    ChangeAnswer answer(services, call, *label, std::string(name(request.verb)));
    services.registry.power(*label, request, std::move(answer));
}

bool is_true(const rapidjson::Document& body, const char* name) {
    const auto member = body.FindMember(name);
    return member != body.MemberEnd() && member->value.GetBool();
}

void switch_on_or_off(const Services& services, Call call, driver::Verb verb) {
    const auto body = read_body(services, call, {{"always", rapidjson::kTrueType, false}});
    if (!body) return call.respond(error_response(body.error()));
    switch_power(services, std::move(call), {.verb = verb, .always = is_true(*body, "always")});
}

}  // namespace

void power_on(const Services& services, Call call) { switch_on_or_off(services, std::move(call), driver::Verb::power_on); }
void power_off(const Services& services, Call call) { switch_on_or_off(services, std::move(call), driver::Verb::power_off); }

void reset(const Services& services, Call call) {
    const auto body = read_body(services, call, {});
    if (!body) return call.respond(error_response(body.error()));
    switch_power(services, std::move(call), {.verb = driver::Verb::reset});
}

// As HaaS and HIL have it: PXE for the next boot first, best effort; "force" resets instead.
void power_cycle(const Services& services, Call call) {
    const auto body = read_body(services, call, {{"force", rapidjson::kTrueType, false}});
    if (!body) return call.respond(error_response(body.error()));
    const bool force = is_true(*body, "force");
    switch_power(services, std::move(call), {.verb = driver::Verb::power_cycle, .pxe_first = true, .force = force});
}

// "force_after": seconds until a soft off that nobody follows becomes a hard one.
void soft_off(const Services& services, Call call) {
    const auto body = read_body(services, call, {{"force_after", rapidjson::kNumberType, false}});
    if (!body) return call.respond(error_response(body.error()));
    node::PowerRequest request{.verb = driver::Verb::soft_off};
    const auto force_after = body->FindMember("force_after");
    if (force_after != body->MemberEnd()) {
        constexpr auto most = node::Switching::longest.count();
        const bool good = force_after->value.IsInt64() && force_after->value.GetInt64() >= 1 && force_after->value.GetInt64() <= most;
        if (!good) {
            const Error error{Errc::invalid, fmt::format("\"force_after\" must be a whole number of seconds, 1 to {}", most), Effect::none};
            return call.respond(error_response(error));
        }
        request.force_after = std::chrono::seconds(force_after->value.GetInt64());
    }
    switch_power(services, std::move(call), request);
}

void power_status(const Services& services, Call call) {
    const Result<std::string> label = read_label(call);
    if (!label) return call.respond(error_response(label.error()));
    const auto to_json = [](driver::Power power) {
        JsonWriter json;
        json.begin_object().key("power_status").string(name(power)).end_object();
        return json.take();
    };
    services.registry.power_status(*label, answer_read<driver::Power>(call, *label, "power_status", to_json));
}

// Persistent unless the body says otherwise: that is what HIL's call does.
void set_boot_device(const Services& services, Call call) {
    const Result<std::string> label = read_label(call);
    if (!label) return call.respond(error_response(label.error()));
    const auto body = read_body(services, call,
                                {{"bootdev", rapidjson::kStringType, true}, {"persistent", rapidjson::kTrueType, false}});
    if (!body) return call.respond(error_response(body.error()));
    driver::BootSetting wish{std::string(view((*body)["bootdev"])), true};
    const auto persistent = body->FindMember("persistent");
    if (persistent != body->MemberEnd()) wish.persistent = persistent->value.GetBool();

    const auto devices = services.registry.boot_devices(*label);
    if (!devices) return call.respond(error_response(devices.error(), {.node = *label}));
    if (!devices->empty() && std::find(devices->begin(), devices->end(), wish.device) == devices->end()) {
        // The first two words are spelt as HIL spells them, for programs that look for them.
        const Error error{Errc::bad_argument,
                          fmt::format("Invald boot device '{}'; this node takes: {}", wish.device, fmt::join(*devices, ", ")),
                          Effect::none};
        return call.respond(error_response(error, {.node = *label}));
    }
    ChangeAnswer answer(services, call, *label, "boot_device");
    services.registry.set_boot_device(*label, std::move(wish), std::move(answer));
}

void show_boot_device(const Services& services, Call call) {
    const Result<std::string> label = read_label(call);
    if (!label) return call.respond(error_response(label.error()));
    const auto to_json = [](const driver::BootSetting& setting) {
        JsonWriter json;
        json.begin_object().key("bootdev").string(setting.device).key("persistent").boolean(setting.persistent).end_object();
        return json.take();
    };
    services.registry.boot_device(*label, answer_read<driver::BootSetting>(call, *label, "boot_device", to_json));
}

}  // namespace haas::api

// The calls that switch a node, read its power state, and choose its boot device.
#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/api/error.hpp"
#include "core/api/handlers.hpp"
#include "core/base/log.hpp"

namespace haas::api {
namespace {

http::Response announce_dry_run(http::Response response, const Services& services) {
    if (services.options.dry_run) response.headers.push_back({"X-Haas-Dry-Run", "1"});
    return response;
}

// Answers an operation that changes something, and leaves the line that says who did what.
template <class T>
driver::Completion<T> answer_change(const Services& services, Call& call, std::string node, std::string operation) {
    return [&services, respond = std::move(call.respond), who = call.who.name, node = std::move(node),
            operation = std::move(operation), begin = std::chrono::steady_clock::now()](const Result<T>& result) {
        const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
        if (result) {
            log::info("node.operation", {{"node", node}, {"operation", operation}, {"who", who}, {"outcome", "accepted"}, {"ms", ms.count()}});
            return respond(announce_dry_run(ok(), services));
        }
        const Error& error = result.error();
        const bool unknown = error.effect == Effect::unknown;
        log::warn("node.operation", {{"node", node},
                                     {"operation", operation},
                                     {"who", who},
                                     {"outcome", unknown ? "unknown" : "failed"},
                                     {"ms", ms.count()},
                                     {"code", name(error.code)},
                                     {"msg", error.message}});
        respond(announce_dry_run(error_response(error, {.node = node, .operation = operation, .changes = true}), services));
    };
}

template <class T, class ToJson>
driver::Completion<T> answer_read(Call& call, std::string node, std::string operation, ToJson to_json) {
    return [respond = std::move(call.respond), node = std::move(node), operation = std::move(operation),
            to_json](const Result<T>& result) {
        respond(result ? ok(to_json(*result)) : error_response(result.error(), {.node = node, .operation = operation}));
    };
}

void switch_power(const Services& services, Call call, node::PowerRequest request) {
    const Result<std::string> label = read_label(call);
    if (!label) return call.respond(error_response(label.error()));
    services.registry.power(*label, request,
                            answer_change<node::PowerOutcome>(services, call, *label, std::string(name(request.verb))));
}

// A verb whose call takes no body.
void switch_power_plainly(const Services& services, Call call, driver::Verb verb) {
    const auto body = read_body(services, call, {});
    if (!body) return call.respond(error_response(body.error()));
    switch_power(services, std::move(call), {.verb = verb});
}

}  // namespace

void power_on(const Services& services, Call call) { switch_power_plainly(services, std::move(call), driver::Verb::power_on); }
void power_off(const Services& services, Call call) { switch_power_plainly(services, std::move(call), driver::Verb::power_off); }
void reset(const Services& services, Call call) { switch_power_plainly(services, std::move(call), driver::Verb::reset); }
void soft_off(const Services& services, Call call) { switch_power_plainly(services, std::move(call), driver::Verb::soft_off); }

// As HaaS and HIL have it: PXE for the next boot first, best effort; "force" resets instead.
void power_cycle(const Services& services, Call call) {
    const auto body = read_body(services, call, {{"force", rapidjson::kTrueType, false}});
    if (!body) return call.respond(error_response(body.error()));
    const auto force = body->FindMember("force");
    const bool forced = force != body->MemberEnd() && force->value.GetBool();
    switch_power(services, std::move(call), {.verb = driver::Verb::power_cycle, .pxe_first = true, .force = forced});
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
    services.registry.set_boot_device(*label, std::move(wish), answer_change<void>(services, call, *label, "boot_device"));
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

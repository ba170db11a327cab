// The calls that switch a node, read its power state, and choose its boot device.
#include <algorithm>
#include <chrono>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/api/change.hpp"
#include "core/api/error.hpp"
#include "core/api/handlers.hpp"
#include "core/api/power_words.hpp"
#include "core/api/tasks.hpp"
#include "core/node/switching.hpp"

namespace haas::api {
namespace {

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

// Answers an operation that changes something.
class ChangeAnswer {
public:
    ChangeAnswer(const Services& services, Call& call, std::string operation)
        : services_(&services),
          respond_(std::move(call.respond)),
          change_(services, call, call.node(), std::move(operation)),
          task_(call.task) {}

    // Until it has answered, `ticket` is given up when the credential ends: what is not sent by then never is.
    static void give_up_with(auth::Grant& grant, const std::shared_ptr<auth::Grant::Subscription>& held, node::Ticket ticket) {
        if (held.use_count() > 1) *held = grant.on_end([ticket = std::move(ticket)]() mutable { ticket.abandon(); });
    }
    const std::shared_ptr<auth::Grant::Subscription>& held() const { return held_; }

    void operator()(const Result<void>& result) const {
        if (!result) return fail(result.error());
        change_.succeeded(services_->options.dry_run ? "dry_run" : "accepted");
        respond_(announce_dry_run(ok(), *services_));
    }
    void operator()(const Result<node::PowerOutcome>& result) const {
        if (task_) task_->outcome = task_state(result);
        if (!result) return fail(result.error());
        change_.succeeded(outcome_word(*result, services_->options.dry_run), result->sent ? name(*result->sent) : "nothing sent");
        respond_(announce_dry_run(ok(to_json(*result)), *services_));
    }

private:
    void fail(const Error& error) const { respond_(announce_dry_run(change_.failed(error), *services_)); }

    const Services* services_;
    http::Respond respond_;
    Change change_;
    std::shared_ptr<Task> task_;
    std::shared_ptr<auth::Grant::Subscription> held_ = std::make_shared<auth::Grant::Subscription>();
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
    const Result<std::int64_t> seconds = read_number(call, "wait", 0, node::Switching::longest.count(), 0);
    if (!seconds) return tl::unexpected(seconds.error());
    return std::chrono::seconds(*seconds);
}

void switch_power(const Services& services, Call call, node::PowerRequest request) {
    const Result<Loop::Duration> wait = read_wait(call);
    if (!wait) return call.respond(error_response(wait.error()));
    request.wait = *wait;
    // Who does not wait for the answer wants to know in the end whether the goal was reached.
    if (asks_async(call.request) && !query_value(call.request.target, "wait")) request.wait = Tasks::usual_wait;
    Tasks::Subject subject{std::string(name(request.verb)), call.node()};
    services.tasks.admit(std::move(call), std::move(subject), [&services, request](Call asked) {
        const std::string node = asked.node();
        const std::string who = asked.who.name();
        const std::shared_ptr<Task> task = asked.task;
        ChangeAnswer answer(services, asked, std::string(name(request.verb)));
        const auto held = answer.held();
        node::Ticket ticket = services.registry.power(node, request, std::move(answer), who);
        // A task is given up by itself.
        if (!task) return ChangeAnswer::give_up_with(*asked.who.grant(), held, std::move(ticket));
        task->may_be_given_up_by([ticket]() mutable { ticket.abandon(); });
    });
}

void switch_on_or_off(const Services& services, Call call, driver::Verb verb) {
    const auto body = read_body(services, call);
    if (!body) return call.respond(error_response(body.error()));
    switch_power(services, std::move(call), {.verb = verb, .always = is_true(*body, "always")});
}

}  // namespace

void power_on(const Services& services, Call call) { switch_on_or_off(services, std::move(call), driver::Verb::power_on); }
void power_off(const Services& services, Call call) { switch_on_or_off(services, std::move(call), driver::Verb::power_off); }

void reset(const Services& services, Call call) {
    const auto body = read_body(services, call);
    if (!body) return call.respond(error_response(body.error()));
    switch_power(services, std::move(call), {.verb = driver::Verb::reset});
}

// As HaaS and HIL have it: PXE for the next boot first, best effort; "force" resets instead.  obmd has no such step.
void power_cycle(const Services& services, Call call) {
    const auto body = read_body(services, call);
    if (!body) return call.respond(error_response(body.error()));
    const bool force = is_true(*body, "force");
    const bool pxe_first = call.route->prefix != Prefix::obmd;
    switch_power(services, std::move(call), {.verb = driver::Verb::power_cycle, .pxe_first = pxe_first, .force = force});
}

// "force_after": seconds until a soft off that nobody follows becomes a hard one.
void soft_off(const Services& services, Call call) {
    const auto body = read_body(services, call);
    if (!body) return call.respond(error_response(body.error()));
    const auto force_after = read_force_after(*body);
    if (!force_after) return call.respond(error_response(force_after.error()));
    switch_power(services, std::move(call), {.verb = driver::Verb::soft_off, .force_after = *force_after});
}

void power_status(const Services& services, Call call) {
    const auto to_json = [](driver::Power power) {
        JsonWriter json;
        json.begin_object().key("power_status").string(name(power)).end_object();
        return json.take();
    };
    services.registry.power_status(call.node(), answer_read<driver::Power>(call, call.node(), "power_status", to_json));
}

// Persistent unless the body says otherwise: that is what HIL's call does.
void set_boot_device(const Services& services, Call call) {
    const auto body = read_body(services, call);
    if (!body) return call.respond(error_response(body.error()));
    driver::BootSetting wish{std::string(view((*body)["bootdev"])), true};
    const auto persistent = body->FindMember("persistent");
    if (persistent != body->MemberEnd()) wish.persistent = persistent->value.GetBool();

    const auto devices = services.registry.boot_devices(call.node());
    if (!devices) return call.respond(error_response(devices.error(), {.node = call.node()}));
    if (!devices->empty() && std::find(devices->begin(), devices->end(), wish.device) == devices->end()) {
        // The first two words are spelt as HIL spells them, for programs that look for them.
        const Error error{Errc::bad_argument,
                          fmt::format("Invald boot device '{}'; this node takes: {}", wish.device, fmt::join(*devices, ", ")),
                          Effect::none};
        return call.respond(error_response(error, {.node = call.node()}));
    }
    const std::string node = call.node();
    const std::string who = call.who.name();
    ChangeAnswer answer(services, call, "boot_device");
    const auto held = answer.held();
    node::Ticket ticket = services.registry.set_boot_device(node, std::move(wish), std::move(answer), who);
    ChangeAnswer::give_up_with(*call.who.grant(), held, std::move(ticket));
}

void show_boot_device(const Services& services, Call call) {
    const auto to_json = [](const driver::BootSetting& setting) {
        JsonWriter json;
        json.begin_object().key("bootdev").string(setting.device).key("persistent").boolean(setting.persistent).end_object();
        return json.take();
    };
    services.registry.boot_device(call.node(), answer_read<driver::BootSetting>(call, call.node(), "boot_device", to_json));
}

}  // namespace haas::api

// Whether a node's console is recorded, how it stands, and who has it.
#include <fmt/format.h>

#include "core/api/access.hpp"
#include "core/api/change.hpp"
#include "core/api/console_state.hpp"
#include "core/api/error.hpp"
#include "core/api/handlers.hpp"

namespace haas::api {
namespace {

// A body that says what becomes of this node's recording, whatever the house does.
void set_capture(const Services& services, Call call, const rapidjson::Value& wanted) {
    std::optional<console::Mode> mode;
    if (!wanted.IsNull()) {
        mode = wanted.IsString() ? console::parse_mode(view(wanted)) : std::nullopt;
        if (!mode) {
            return call.respond(error_response(
                {Errc::invalid, R"("capture" must be "off", "on demand", "always", or null for what haas.cfg says)", Effect::none}));
        }
    }
    if (!call.who.administers(call.node())) {
        const std::string sentence = fmt::format("{} does not administer node {}: without a body this call begins to record, where "
                                                 "that is allowed", call.who.name(), call.node());
        return call.respond(error_response({Errc::forbidden, sentence, Effect::none}));
    }
    const std::string node = call.node();
    const std::string who = call.who.name();
    services.consoles.set_mode(node, mode, who, answer_when_done(services, call, "console_capture",
                                                                 std::string(mode ? name(*mode) : "as haas.cfg says")));
}

}  // namespace

// HaaS began to log what the console prints from here on, and answered at once.
void begin_console_log(const Services& services, Call call) {
    const auto body = read_body(services, call);
    if (!body) return call.respond(error_response(body.error()));
    if (const auto has = services.registry.has_console(call.node()); !has) {
        return call.respond(error_response(has.error(), {.node = call.node(), .operation = "console"}));
    }
    const auto capture = body->FindMember("capture");
    if (capture != body->MemberEnd()) return set_capture(services, std::move(call), capture->value);
    const std::string node = call.node();
    const std::string who = call.who.name();
    services.consoles.ask(node, who, answer_when_done(services, call, "console_log_begin"));
}

// HaaS deleted its log.  Here it is hidden, and what was printed stays until it is too old.
void end_console_log(const Services& services, Call call) {
    const auto body = read_body(services, call);
    if (!body) return call.respond(error_response(body.error()));
    if (!services.registry.known(call.node())) return call.respond(error_response(no_such_node(call.node())));
    const std::string node = call.node();
    const std::string who = call.who.name();
    services.consoles.unask(node, who, answer_when_done(services, call, "console_log_end"));
}

void show_console_state(const Services& services, Call call) {
    if (const auto has = services.registry.has_console(call.node()); !has) {
        return call.respond(error_response(has.error(), {.node = call.node(), .operation = "console"}));
    }
    call.respond(ok(console_state_json(services, call.node())));
}

void steal_console(const Services& services, Call call) {
    const auto body = read_body(services, call);
    if (!body) return call.respond(error_response(body.error()));
    const std::string node = call.node();
    const std::string from = services.consoles.state(node).owner;
    const auto answer = [&services, node, from, respond = std::move(call.respond),
                         change = Change(services, call, node, "console_steal")](const Result<void>& opened) {
        if (!opened) return respond(change.failed(opened.error()));
        change.succeeded(services.options.dry_run ? "dry_run" : "done", from.empty() ? "" : "it was with: " + from);
        respond(announce_dry_run(ok(console_state_json(services, node)), services));
    };
    if (services.options.dry_run) {
        const Result<void> has = services.registry.has_console(node);
        return answer(has);
    }
    services.consoles.open(node, driver::ConsoleConflict::steal, answer);
}

}  // namespace haas::api

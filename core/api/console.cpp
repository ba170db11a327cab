// Whether a node's console is recorded, how it stands, and who has it.
#include <fmt/format.h>

#include "core/api/access.hpp"
#include "core/api/change.hpp"
#include "core/api/console_attach.hpp"
#include "core/api/console_state.hpp"
#include "core/api/error.hpp"
#include "core/api/handlers.hpp"

namespace haas::api {
namespace {

struct Rule {
    std::optional<console::Mode> mode;
    driver::ConsoleConflict conflict = driver::ConsoleConflict::report;
};

// What the body says of this node, whatever the house does; what it does not say stays.
Result<Rule> read_rule(const console::CaptureWish& now, const rapidjson::Document& body) {
    Rule rule{now.mode, now.conflict};
    const auto capture = body.FindMember("capture");
    if (capture != body.MemberEnd()) {
        const rapidjson::Value& wanted = capture->value;
        rule.mode = wanted.IsString() ? console::parse_mode(view(wanted)) : std::nullopt;
        if (!rule.mode && !wanted.IsNull()) {
            return fail(Errc::invalid, R"("capture" must be "off", "on demand", "always", or null for what haas.cfg says)");
        }
    }
    const auto conflict = body.FindMember("conflict");
    if (conflict != body.MemberEnd()) {
        const auto wanted = driver::conflict_named(view(conflict->value));
        if (!wanted) return fail(Errc::invalid, R"("conflict" must be "report", "wait" or "steal")");
        rule.conflict = *wanted;
    }
    return rule;
}

void set_rule(const Services& services, Call call, const rapidjson::Document& body) {
    const std::string node = call.node();
    const Result<Rule> rule = read_rule(services.consoles.wish(node), body);
    if (!rule) return call.respond(error_response(rule.error()));
    if (!call.who.administers(node)) {
        const std::string sentence = fmt::format("{} does not administer node {}: without a body this call begins to record, where "
                                                 "that is allowed", call.who.name(), node);
        return call.respond(error_response({Errc::forbidden, sentence, Effect::none}));
    }
    const std::string who = call.who.name();
    const std::string detail = fmt::format("capture {}, conflict {}", rule->mode ? name(*rule->mode) : "as haas.cfg says", name(rule->conflict));
    services.consoles.set_rule(node, rule->mode, rule->conflict, who, answer_when_done(services, call, "console_capture", detail));
}

}  // namespace

// HaaS began to log what the console prints from here on, and answered at once.
void begin_console_log(const Services& services, Call call) {
    const auto body = read_body(services, call);
    if (!body) return call.respond(error_response(body.error()));
    if (const auto has = services.registry.has_console(call.node()); !has) {
        return call.respond(error_response(has.error(), {.node = call.node(), .operation = "console"}));
    }
    if (body->MemberCount() > 0) return set_rule(services, std::move(call), *body);
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
    const auto grant = call.who.grant();
    const auto answer = [&services, node, from, grant, respond = std::move(call.respond),
                         change = Change(services, call, node, "console_steal")](const Result<bool>& opened) {
        if (!opened) return respond(change.failed(opened.error()));
        const std::string_view outcome = *opened ? "done" : "already";
        change.succeeded(services.options.dry_run ? "dry_run" : outcome, *opened && !from.empty() ? "it was with: " + from : "");
        if (grant->ended()) return respond(error_response(ended_meanwhile()));
        respond(announce_dry_run(ok(console_state_json(services, node)), services));
    };
    if (services.options.dry_run) {
        const Result<void> has = services.registry.has_console(node);
        return answer(has ? Result<bool>(false) : tl::unexpected(has.error()));
    }
    services.consoles.open(node, driver::ConsoleConflict::steal, [grant] { return !grant->ended(); }, answer);
}

}  // namespace haas::api

#include "core/api/console_attach.hpp"

#include <memory>

#include "core/api/access.hpp"
#include "core/api/change.hpp"
#include "core/api/error.hpp"

namespace haas::api {
void attach_console(const Services& services, Call call, std::function<http::Response(const Call&)> answer) {
    const About about{.node = call.node(), .operation = "console"};
    const auto refuse = [&call, &about](const Error& error) { call.respond(error_response(error, about)); };
    const auto said = query_value(call.request.target, "conflict");
    auto conflict = said ? driver::conflict_named(*said) : services.consoles.wish(call.node()).conflict;
    if (!conflict) return refuse({Errc::invalid, "conflict must be report, wait or steal", Effect::none});
    if (*conflict == driver::ConsoleConflict::steal) {
        const auto error = refuse_node(call.who, Right::console_write, call.node());
        if (error && said) return refuse(*error);
        // The node's rule is no right of his.
        if (error) conflict = driver::ConsoleConflict::report;
    }
    const bool steals = *conflict == driver::ConsoleConflict::steal && !services.options.dry_run;
    if (*conflict == driver::ConsoleConflict::wait) {
        if (const auto has = services.registry.has_console(call.node()); !has) return refuse(has.error());
        return call.respond(answer(call));
    }
    const std::string node = call.node();
    const std::string from = services.consoles.state(node).owner;
    const auto grant = call.who.grant();
    const auto waiting = std::make_shared<Call>(std::move(call));
    const auto opened = [&services, waiting, from, grant, steals, answer = std::move(answer)](const Result<bool>& result) {
        const Change change(services, *waiting, waiting->node(), "console_steal");
        if (steals && !result) return waiting->respond(change.failed(result.error()));
        if (!result) return waiting->respond(error_response(result.error(), {.node = waiting->node(), .operation = "console"}));
        if (steals && *result) change.succeeded("done", from.empty() ? "" : "it was with: " + from);
        waiting->respond(grant->ended() ? error_response(ended_meanwhile()) : answer(*waiting));
    };
    services.consoles.open(node, steals ? *conflict : driver::ConsoleConflict::report, [grant] { return !grant->ended(); }, opened);
}

Error ended_meanwhile() {
    return {Errc::unauthenticated, "the credentials do not count any more: they ended while this call waited", Effect::none};
}

}  // namespace haas::api

#include "core/api/api.hpp"

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/api/access.hpp"
#include "core/api/error.hpp"
#include "core/api/handlers.hpp"
#include "core/api/table.hpp"
#include "core/node/label.hpp"

namespace haas::api {
namespace {

http::Response method_not_allowed(const std::string& method, const std::string& allow) {
    http::Response response =
        error_response({Errc::invalid, fmt::format("{} is not a method of this path; it has: {}", method, allow), Effect::none});
    response.status = 405;
    response.headers.push_back({"Allow", allow});
    return response;
}

// What is wrong with a request before anybody looks at what it is about.
std::optional<Error> refuse_form(const Call& call) {
    const auto invalid = [](std::string sentence) { return Error{Errc::invalid, std::move(sentence), Effect::none}; };
    // Nodes, metadata and tokens all have labels; what else a path may name is for its handler to know or not.
    if (call.route->pattern.starts_with("/node/") &&
        !std::all_of(call.parameters.begin(), call.parameters.end(), node::is_label)) {
        return invalid(std::string(node::label_rule));
    }
    if (call.route->method == "GET" && !call.request.body.empty()) {
        return invalid(fmt::format("{} takes no body", call.request.method));
    }
    // HaaS and HIL never looked at a query, so theirs stay as lenient.
    if (call.route->prefix != Prefix::only_v0) return std::nullopt;
    for (const std::string& name : query_names(call.request.target)) {
        const auto& known = call.route->query;
        if (std::any_of(known.begin(), known.end(), [&](const Parameter& one) { return one.covers(name); })) continue;
        std::vector<std::string_view> names;
        for (const Parameter& one : known) names.push_back(one.name);
        return invalid(fmt::format("there is no query parameter \"{}\" here; this call takes {}", name,
                                   names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
    }
    return std::nullopt;
}

struct Ticket {
    std::string text;  // empty: there is none
    std::string node{};
};

// Of the only call that takes one.  Elsewhere, as a token in a URL, it would only be one that leaks.
Ticket ticket_of(const http::Request& request) {
    Ticket ticket{query_value(request.target, "ticket").value_or("")};
    if (ticket.text.empty()) return ticket;
    Result<Match> found = match(routes(), request.method, request.target);
    if (!found || found->route == nullptr || found->route->handle != attach_console_socket) return {};
    ticket.node = std::move(found->parameters.front());
    return ticket;
}

}  // namespace

void Api::handle(http::Request request, http::Respond respond) const {
    // Hashing a password may take longer than this call.
    const auto waiting = std::make_shared<std::pair<http::Request, http::Respond>>(std::move(request), std::move(respond));
    const http::Request& asked = waiting->first;
    // Elsewhere a token in a URL would only be one that leaks into logs and histories.
    const bool obmd = asked.target.starts_with("/obmd/");
    const std::string token = obmd ? query_value(asked.target, "token").value_or("") : "";
    const auto [ticket, ticket_node] = ticket_of(asked);
    const auth::Credentials credentials{asked.header("Authorization"), token, asked.peer, asked.certificate, ticket, ticket_node};
    authenticate_(credentials, [this, waiting](Result<auth::Principal> who) {
        if (!who) return waiting->second(error_response(who.error()));
        serve(std::move(waiting->first), std::move(waiting->second), std::move(*who));
    });
}

void Api::serve(http::Request request, http::Respond respond, auth::Principal who) const {
    Result<Match> found = match(routes(), request.method, request.target);
    if (!found) return respond(error_response(found.error()));
    if (found->route == nullptr) {
        if (!found->allow.empty()) return respond(method_not_allowed(request.method, found->allow));
        return respond(error_response({Errc::not_found, "there is no such call; GET /v0/openapi.json tells which there are", Effect::none}));
    }
    Call call{std::move(request), std::move(respond), std::move(who), std::move(found->parameters), found->route};
    if (const auto error = refuse_form(call)) return call.respond(error_response(*error));
    if (const auto error = refuse_access(call)) return call.respond(error_response(*error));
    found->route->handle(services_, std::move(call));
}

Schemas schemas_of(const node::Registry& registry) {
    Schemas schemas;
    for (const driver::Driver* driver : registry.drivers()) {
        Result<NodeSchema> schema = NodeSchema::compile(driver->description().schema);
        if (schema) schemas.emplace(driver->description().type_uri, std::move(*schema));
    }
    return schemas;
}

}  // namespace haas::api

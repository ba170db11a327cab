#include "core/api/api.hpp"

#include <array>

#include <fmt/format.h>

#include "core/api/error.hpp"
#include "core/api/handlers.hpp"

namespace haas::api {
namespace {

// HaaS and HIL 0.2 have their calls at the root, HIL 0.3 under /v0; what is new is under /v0 only.
constexpr std::array table = {
    Route{"PUT", "/node/{node}", register_node},
    Route{"GET", "/node/{node}", show_node},
    Route{"DELETE", "/node/{node}", delete_node},
    Route{"GET", "/nodes/all", list_nodes},
    Route{"GET", "/nodes/free", list_nodes},
    Route{"GET", "/free_nodes", list_nodes},
    Route{"GET", "/active_extensions", list_extensions},
    Route{"GET", "/drivers", list_drivers, Prefix::only_v0},
    Route{"PUT", "/node/{node}/metadata/{label}", put_metadata},
    Route{"DELETE", "/node/{node}/metadata/{label}", delete_metadata},
    Route{"POST", "/node/{node}/power_on", power_on},
    Route{"POST", "/node/{node}/power_off", power_off},
    Route{"POST", "/node/{node}/reset", reset},
    Route{"POST", "/node/{node}/power_cycle", power_cycle},
    Route{"POST", "/node/{node}/soft_off", soft_off},
    Route{"GET", "/node/{node}/power_status", power_status},
    Route{"POST", "/node/{node}/retry", retry_node, Prefix::only_v0},
    Route{"PUT", "/node/{node}/boot_device", set_boot_device},
    Route{"GET", "/node/{node}/boot_device", show_boot_device},
};

http::Response method_not_allowed(const std::string& method, const std::string& allow) {
    http::Response response =
        error_response({Errc::invalid, fmt::format("{} is not a method of this path; it has: {}", method, allow), Effect::none});
    response.status = 405;
    response.headers.push_back({"Allow", allow});
    return response;
}

}  // namespace

Api::Api(node::Registry& registry, auth::Authenticator authenticator, Options options)
    : services_{registry, std::move(options), {}}, authenticator_(std::move(authenticator)) {
    for (const driver::Driver* driver : registry.drivers()) {
        // The schema was checked when the driver was loaded.
        Result<NodeSchema> schema = NodeSchema::compile(driver->description().schema);
        if (schema) services_.schemas.emplace(driver->description().type_uri, std::move(*schema));
    }
}

std::span<const Route> Api::routes() { return table; }

void Api::handle(http::Request request, http::Respond respond) const {
    Result<auth::Principal> who = authenticator_.authenticate(request.header("Authorization"));
    if (!who) return respond(error_response(who.error()));
    Result<Match> found = match(table, request.method, request.target);
    if (!found) return respond(error_response(found.error()));
    if (found->route == nullptr) {
        if (!found->allow.empty()) return respond(method_not_allowed(request.method, found->allow));
        return respond(error_response({Errc::not_found, "there is no such call; GET /v0/drivers and /nodes/all are two that there are", Effect::none}));
    }
    const bool reads = found->route->method == "GET";
    if (reads && !request.body.empty()) {
        return respond(error_response({Errc::invalid, fmt::format("{} takes no body", request.method), Effect::none}));
    }
    found->route->handle(services_, Call{std::move(request), std::move(respond), std::move(*who), std::move(found->parameters)});
}

}  // namespace haas::api

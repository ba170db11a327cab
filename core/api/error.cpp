#include "core/api/error.hpp"

#include "core/api/json.hpp"

namespace haas::api {
namespace {

struct Projection {
    unsigned status;
    std::string_view type;  // the class name that HaaS and HIL have for it, or would have
};

Projection project(Errc code) noexcept {
    switch (code) {
        case Errc::invalid: return {400, "ValidationError"};
        case Errc::bad_argument: return {400, "BadArgumentError"};
        case Errc::unauthenticated: return {401, "AuthorizationError"};
        case Errc::forbidden: return {403, "AuthorizationError"};
        case Errc::not_found: return {404, "NotFoundError"};
        case Errc::duplicate: return {409, "DuplicateError"};
        case Errc::conflict: return {409, "BlockedError"};
        case Errc::state: return {409, "IllegalStateError"};
        case Errc::unsupported: return {501, "NotSupportedError"};
        case Errc::unreachable:
        case Errc::credentials_rejected:
        case Errc::privilege:
        case Errc::cipher:
        case Errc::protocol: return {502, "OBMError"};
        case Errc::busy:
        case Errc::cancelled: return {503, "BusyError"};
        case Errc::timed_out: return {504, "OBMError"};
        case Errc::internal: break;
    }
    return {500, "InternalError"};
}

Projection project(const Error& error, const About& about) noexcept {
    const bool outcome_unknown = about.changes && error.effect == Effect::unknown;
    return outcome_unknown ? Projection{504, "OBMError"} : project(error.code);
}

}  // namespace

std::string_view error_type(const Error& error, const About& about) { return project(error, about).type; }

http::Response error_response(const Error& error, const About& about) {
    const Projection projection = project(error, about);
    const bool outcome_unknown = about.changes && error.effect == Effect::unknown;

    JsonWriter json;
    json.begin_object();
    json.key("type").string(projection.type);
    json.key("msg").string(error.message);
    json.key("code").string(name(error.code));
    if (!about.node.empty()) json.key("node").string(about.node);
    if (!about.operation.empty()) json.key("operation").string(about.operation);
    if (outcome_unknown) json.key("outcome").string("unknown");
    json.end_object();

    http::Response response{projection.status, {{"Content-Type", "application/json"}}, json.take()};
    if (projection.status == 503) response.headers.push_back({"Retry-After", "5"});
    if (projection.status == 401) response.headers.push_back({"WWW-Authenticate", "Basic realm=\"haasd\", charset=\"UTF-8\""});
    return response;
}

http::Response ok(std::string json) {
    http::Response response;
    if (!json.empty()) {
        response.headers.push_back({"Content-Type", "application/json"});
        response.body = std::move(json);
    }
    return response;
}

}  // namespace haas::api

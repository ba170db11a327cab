// Status codes and class names are those of HaaS and HIL where they had the error (bmc-field-notes section 12).
#include "core/api/error.hpp"

#include <catch2/catch.hpp>

using haas::Effect;
using haas::Errc;
using haas::Error;
using haas::api::error_response;

namespace {

std::string header(const haas::http::Response& response, std::string_view name) {
    for (const auto& one : response.headers) {
        if (one.name == name) return one.value;
    }
    return "";
}

}  // namespace

TEST_CASE("every code has its status and class") {
    const struct {
        Errc code;
        unsigned status;
        std::string type;
    } rows[] = {
        {Errc::invalid, 400, "ValidationError"},       {Errc::bad_argument, 400, "BadArgumentError"},
        {Errc::unauthenticated, 401, "AuthorizationError"}, {Errc::forbidden, 403, "AuthorizationError"},
        {Errc::not_found, 404, "NotFoundError"},       {Errc::duplicate, 409, "DuplicateError"},
        {Errc::conflict, 409, "BlockedError"},         {Errc::state, 409, "IllegalStateError"},
        {Errc::unsupported, 501, "NotSupportedError"}, {Errc::unreachable, 502, "OBMError"},
        {Errc::credentials_rejected, 502, "OBMError"}, {Errc::privilege, 502, "OBMError"},
        {Errc::cipher, 502, "OBMError"},               {Errc::protocol, 502, "OBMError"},
        {Errc::busy, 503, "BusyError"},                {Errc::cancelled, 503, "BusyError"},
        {Errc::timed_out, 504, "OBMError"},            {Errc::internal, 500, "InternalError"},
    };
    for (const auto& row : rows) {
        const auto response = error_response(Error{row.code, "why", Effect::none});
        CHECK(response.status == row.status);
        CHECK(response.body == "{\"type\":\"" + row.type + "\",\"msg\":\"why\",\"code\":\"" + std::string(name(row.code)) + "\"}");
        CHECK(header(response, "Content-Type") == "application/json");
        CHECK(header(response, "Retry-After").empty() == (row.status != 503));
        CHECK(header(response, "WWW-Authenticate").empty() == (row.status != 401));
    }
}

TEST_CASE("a change whose outcome nobody knows is 504, whatever the reason") {
    const Error lost{Errc::protocol, "garbled", Effect::unknown};
    const auto response = error_response(lost, {.node = "n1", .operation = "reset", .changes = true});
    CHECK(response.status == 504);
    CHECK(response.body ==
          R"({"type":"OBMError","msg":"garbled","code":"protocol","node":"n1","operation":"reset","outcome":"unknown"})");
    CHECK(error_response(lost, {.node = "n1", .operation = "power_status"}).status == 502);
}

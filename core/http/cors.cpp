#include "core/http/cors.hpp"

namespace haas::http {

bool is_preflight(const Request& request) noexcept {
    return request.method == "OPTIONS" && !request.header("Origin").empty() &&
           !request.header("Access-Control-Request-Method").empty();
}

Response preflight_answer() {
    Response response;
    response.status = 204;
    response.headers = {
        {"Access-Control-Allow-Methods", "GET, HEAD, PUT, POST, PATCH, DELETE"},
        {"Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, "
                                         "Last-Event-ID, Prefer, X-Request-Id"},
        {"Access-Control-Max-Age", "600"},
    };
    return response;
}

void append_cors(std::string& out, std::string_view origin, bool may_differ) {
    if (may_differ) out += "Vary: Origin\r\n";
    if (origin.empty()) return;
    out += "Access-Control-Allow-Origin: ";
    out += origin;
    out += "\r\nAccess-Control-Expose-Headers: X-Request-Id, ETag, Retry-After, Location, X-Haas-Console-End, X-Haas-Dry-Run\r\n";
}

}  // namespace haas::http

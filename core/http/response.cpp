#include "core/http/response.hpp"

#include <array>
#include <iterator>

#include <fmt/format.h>

#include "core/http/cors.hpp"

namespace haas::http {
namespace {

// RFC 9110 section 15.  The phrase says nothing that the number does not, and may be empty.
std::string_view reason(unsigned status) noexcept {
    switch (status) {
        case 101: return "Switching Protocols";
        case 200: return "OK";
        case 201: return "Created";
        case 202: return "Accepted";
        case 204: return "No Content";
        case 304: return "Not Modified";
        case 307: return "Temporary Redirect";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 406: return "Not Acceptable";
        case 408: return "Request Timeout";
        case 409: return "Conflict";
        case 412: return "Precondition Failed";
        case 413: return "Content Too Large";
        case 415: return "Unsupported Media Type";
        case 417: return "Expectation Failed";
        case 426: return "Upgrade Required";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 501: return "Not Implemented";
        case 502: return "Bad Gateway";
        case 503: return "Service Unavailable";
        case 504: return "Gateway Timeout";
        case 505: return "HTTP Version Not Supported";
        default: return "";
    }
}

bool is_ours(std::string_view name) noexcept {
    for (const std::string_view ours :
         {"Content-Length", "Date", "Server", "Connection", "Transfer-Encoding", "X-Request-Id",
          "Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Upgrade", "Sec-WebSocket-Accept",
          "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Sec-WebSocket-Version"}) {
        if (equal_ignoring_case(name, ours)) return true;
    }
    return false;
}

void append_value(std::string& out, std::string_view value) {
    for (const char c : value) out += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
}

// RFC 9112 section 9.6, and RFC 9110 section 7.8: an Upgrade is of this connection only, and Connection names it.
void append_connection(std::string& out, After after, bool upgrade) {
    const std::string_view option = after == After::close ? "close" : after == After::keep_announce ? "keep-alive" : "";
    if (upgrade) out += "Upgrade: websocket\r\n";
    if (option.empty() && !upgrade) return;
    out += "Connection: ";
    out += option;
    if (upgrade) out += option.empty() ? "Upgrade" : ", Upgrade";
    out += "\r\n";
}

// RFC 6455 section 4.2.2; and 4.4, where the version is not ours.
void append_websocket(std::string& out, unsigned status, const Manner& manner) {
    if (status == 426) out += "Sec-WebSocket-Version: 13\r\n";
    if (status != 101) return;
    out += "Sec-WebSocket-Accept: ";
    out += manner.websocket_accept;
    if (!manner.subprotocol.empty()) {
        out += "\r\nSec-WebSocket-Protocol: ";
        append_value(out, manner.subprotocol);
    }
    out += "\r\n";
}

}  // namespace

bool has_body(unsigned status) noexcept { return status >= 200 && status != 204 && status != 304; }

void append_head(std::string& out, const Response& response, const Manner& manner) {
    fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\nServer: haasd\r\nDate: {}\r\nX-Request-Id: {}\r\n",
                   response.status, reason(response.status), manner.date, manner.request_id);
    append_connection(out, manner.after, response.status == 101 || response.status == 426);
    append_websocket(out, response.status, manner);
    append_cors(out, manner.origin, manner.origin_matters);
    for (const Header& field : response.headers) {
        if (is_ours(field.name)) continue;
        out += field.name;
        out += ": ";
        append_value(out, field.value);
        out += "\r\n";
    }
    if (has_body(response.status)) {
        if (manner.framing == Framing::chunked) out += "Transfer-Encoding: chunked\r\n";
        if (manner.framing == Framing::length) {
            fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", response.body.size());
        }
    }
    out += "\r\n";
}

std::string http_date(std::time_t time) {
    static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm utc{};
    gmtime_r(&time, &utc);
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", days[static_cast<std::size_t>(utc.tm_wday)],
                       utc.tm_mday, months[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour,
                       utc.tm_min, utc.tm_sec);
}

}  // namespace haas::http

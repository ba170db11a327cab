// The head of an answer as bytes: status line and headers, with those that are core/http's own.  RFC 9112 section 4.
#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include "core/http/message.hpp"

namespace haas::http {

// What the connection makes of itself after the answer.
enum class After {
    keep,           // HTTP/1.1's default: says nothing
    keep_announce,  // "Connection: keep-alive", for a client of HTTP/1.0 that asked
    close,          // "Connection: close"
};

// How the client sees where the body ends.
enum class Framing {
    length,       // Content-Length: the body's, also where the body itself is not sent (HEAD)
    chunked,      // Transfer-Encoding
    until_close,  // for a client of HTTP/1.0, when the length is not known
};

struct Manner {
    After after = After::keep;
    Framing framing = Framing::length;
    std::string_view date;
    std::string_view request_id;
    std::string_view origin{};      // of the page that may read the answer, see cors.hpp; or empty
    bool origin_matters = false;  // another origin would be answered with other headers
    std::string_view websocket_accept{};  // with 101: see websocket_handshake.hpp
    std::string_view subprotocol{};       // with 101; or empty
};

// Appends the head to `out`, up to and with the empty line.  Line breaks in the maker's header values become spaces: a
// value cannot begin a header of its own.
void append_head(std::string& out, const Response& response, const Manner& manner);

// May a response of this status carry a body at all?
bool has_body(unsigned status) noexcept;

// "Sun, 06 Nov 1994 08:49:37 GMT", RFC 9110 section 5.6.7.
std::string http_date(std::time_t time);

}  // namespace haas::http

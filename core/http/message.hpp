// A request and its answer as plain values: all that the rooms above know of HTTP.
// It knows no socket, no JSON and no library.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace haas::http {

struct Header {
    std::string name;
    std::string value;
};

struct Request {
    std::string method;  // as sent: "GET"; any token, known to HTTP or not
    std::string target;  // origin-form: path and query as sent, not decoded; "*" is possible with OPTIONS
    std::vector<Header> headers;
    std::string body;  // whole; the pieces of a chunked body are joined, its trailers dropped
    std::string peer;  // "127.0.0.1:41234", "[::1]:41234": for logs

    // The value of the first header of that name, in whatever case; empty if there is none.
    std::string_view header(std::string_view name) const noexcept;
};

// The maker sets Content-Type.  Content-Length, Date, Server and Connection are core/http's: it drops the maker's.
struct Response {
    unsigned status = 200;
    std::vector<Header> headers;
    std::string body;
};

// Answers the request it came with: at most once, on the loop's thread, perhaps before the handler returns.  A copy may
// be kept as long as one likes, also beyond the connection and the server; the last copy dropped unused answers 500.
using Respond = std::function<void(Response)>;

// Called on the loop's thread, one request of a connection at a time; must not block.
using Handler = std::function<void(Request, Respond)>;

// Are they the same letters, A to Z in either case?
bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

}  // namespace haas::http

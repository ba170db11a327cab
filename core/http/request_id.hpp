// X-Request-Id: which ids of clients are taken over, and the making of our own.  It knows no socket.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace haas::http {

// 1 to 128 of [A-Za-z0-9._-]: fit for a log line, a header and a column of the audit trail as it is.
bool is_request_id(std::string_view text) noexcept;

// Ids that no other run of this daemon makes.  They may be guessed: they open nothing.
class RequestIds {
public:
    RequestIds();
    std::string next();

private:
    std::uint64_t run_;  // random
    std::uint64_t last_ = 0;
};

}  // namespace haas::http

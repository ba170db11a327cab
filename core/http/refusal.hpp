// Why core/http itself refuses a request or a connection, and the JSON answer that says so in HaaS's shape.
#pragma once

#include <string>
#include <string_view>

#include "core/http/message.hpp"

namespace haas::http {

struct Refusal {
    unsigned status = 400;
    std::string sentence;  // what an operator can act on; bytes from the network only through quoted()
};

// {"type": ..., "msg": ..., "code": ...}; type and code follow from the status.  A 503 carries Retry-After.
Response to_response(const Refusal& refusal);

// Bytes from the network between quotes, fit for a sentence: printable ASCII only, and not long.
std::string quoted(std::string_view bytes);

}  // namespace haas::http

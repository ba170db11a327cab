// One address to listen on, as `[http] listen` and --listen write it: `127.0.0.1:5000`, `[::1]:5000`,
// `localhost:5000`, `https://0.0.0.0:5443`.  It knows the form of addresses, not whether they can be bound.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace haas::config {

struct Listen {
    bool tls = false;
    std::string host;        // an IP literal without brackets; `localhost` has become 127.0.0.1
    std::uint16_t port = 0;  // 0: the system picks one

    // Only this machine can reach it: 127.0.0.0/8 or ::1.
    bool loopback() const;
    // As it is written, with the scheme: "http://[::1]:5000".
    std::string url() const;

    friend bool operator==(const Listen&, const Listen&) = default;
};

// A comma list of at least one address, each once.  The error names the address, what is wrong and what is accepted.
tl::expected<std::vector<Listen>, std::string> parse_listen(std::string_view text);

}  // namespace haas::config

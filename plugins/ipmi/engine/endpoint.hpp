// The UDP address of a BMC, and how a sysadmin writes it: a name or an address, with or without a port.
// Knows no socket and resolves nothing.  RMCP's primary port: IPMI 2.0 section 13.1.2, table 13-1.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace haas::ipmi {

inline constexpr std::uint16_t rmcp_port = 623;

// An IPv4 or IPv6 address with a port.
struct Endpoint {
    sockaddr_in6 address{};  // or, where its family says so, a sockaddr_in: both begin alike, and this one is the larger
    socklen_t size = 0;

    int family() const noexcept { return address.sin6_family; }
    // "10.0.0.5:623", "[fe80::1%eth0]:623"
    std::string text() const;

    // Address, port and scope; nothing else that the kernel may have left in the structure.
    friend bool operator==(const Endpoint& a, const Endpoint& b) noexcept;
};

struct EndpointHash {
    std::size_t operator()(const Endpoint& endpoint) const noexcept;
};

// An IPv4 address in the guise of an IPv6 one (::ffff:10.0.0.5) as what it is: our IPv6 socket reaches none of those, and
// the BMC is the same.  All others as they are.
Endpoint without_mapping(const Endpoint& endpoint) noexcept;

struct HostName {
    std::string written;  // as the sysadmin wrote it: what every sentence about this BMC begins with
    std::string name;     // without brackets and port
    std::uint16_t port = rmcp_port;
};

// `bmc7`, `bmc7:6230`, `10.0.0.5`, `10.0.0.5:623`, `[fe80::1%eth0]`, `[fe80::1]:623`, and an IPv6 address without
// brackets, which then has no port.  The string of a refusal is one sentence.
std::variant<HostName, std::string> parse_host(std::string_view written);

// The endpoint, if the name is a numeric address: no resolver is asked.
std::optional<Endpoint> numeric_endpoint(const HostName& host);

}  // namespace haas::ipmi

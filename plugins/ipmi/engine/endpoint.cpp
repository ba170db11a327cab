#include "plugins/ipmi/engine/endpoint.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace haas::ipmi {
namespace {

constexpr std::size_t longest_name = 253;  // RFC 1035 section 2.3.4, less the root's dot

// The kernel and the resolver give these structures as bytes; copying them out keeps the aliasing rules.
sockaddr_in ipv4_of(const Endpoint& endpoint) noexcept {
    sockaddr_in in{};
    std::memcpy(&in, &endpoint.address, sizeof in);
    return in;
}

sockaddr_in6 ipv6_of(const Endpoint& endpoint) noexcept {
    sockaddr_in6 in{};
    std::memcpy(&in, &endpoint.address, sizeof in);
    return in;
}

template <class Address>
Endpoint endpoint_of(const Address& address) noexcept {
    Endpoint endpoint;
    std::memcpy(&endpoint.address, &address, sizeof address);
    endpoint.size = sizeof address;
    return endpoint;
}

// Letters of host names as they are in use (also the underscore of ipmi_node-01), and of IPv6 addresses with a scope.
bool may_stand_in_host(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_' || c == ':' || c == '%';
}

std::optional<std::uint16_t> parse_port(std::string_view digits) noexcept {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size() || port == 0) return std::nullopt;
    return port;
}

bool is_ipv6_address(const std::string& name) noexcept {
    in6_addr address{};
    return inet_pton(AF_INET6, name.substr(0, name.find('%')).c_str(), &address) == 1;
}

}  // namespace

std::string Endpoint::text() const {
    char host[INET6_ADDRSTRLEN + IF_NAMESIZE + 1] = "?";
    char port[8] = "?";
    getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, host, sizeof host, port, sizeof port,
                NI_NUMERICHOST | NI_NUMERICSERV);
    return family() == AF_INET6 ? '[' + std::string(host).append("]:").append(port)
                                : std::string(host).append(":").append(port);
}

bool operator==(const Endpoint& a, const Endpoint& b) noexcept {
    if (a.family() != b.family()) return false;
    if (a.family() == AF_INET) {
        const sockaddr_in x = ipv4_of(a);
        const sockaddr_in y = ipv4_of(b);
        return x.sin_port == y.sin_port && x.sin_addr.s_addr == y.sin_addr.s_addr;
    }
    const sockaddr_in6 x = ipv6_of(a);
    const sockaddr_in6 y = ipv6_of(b);
    return x.sin6_port == y.sin6_port && x.sin6_scope_id == y.sin6_scope_id &&
           std::memcmp(&x.sin6_addr, &y.sin6_addr, sizeof x.sin6_addr) == 0;
}

std::size_t EndpointHash::operator()(const Endpoint& endpoint) const noexcept {
    constexpr std::hash<std::string_view> hash;
    if (endpoint.family() == AF_INET) {
        const sockaddr_in in = ipv4_of(endpoint);
        return std::hash<std::uint64_t>{}(std::uint64_t{in.sin_addr.s_addr} << 16 | in.sin_port);
    }
    const sockaddr_in6 in = ipv6_of(endpoint);
    return hash({reinterpret_cast<const char*>(&in.sin6_addr), sizeof in.sin6_addr}) ^ in.sin6_port;
}

Endpoint without_mapping(const Endpoint& endpoint) noexcept {
    if (endpoint.family() != AF_INET6) return endpoint;
    const sockaddr_in6 in6 = ipv6_of(endpoint);
    if (!IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr)) return endpoint;
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = in6.sin6_port;
    std::memcpy(&in.sin_addr, in6.sin6_addr.s6_addr + 12, sizeof in.sin_addr);
    return endpoint_of(in);
}

std::variant<HostName, std::string> parse_host(std::string_view written) {
    HostName host;
    host.written = written;
    if (written.empty()) return "host is empty: it takes a name or an address, such as bmc7 or 10.0.0.5:623";
    std::string_view port;
    bool has_port = false;
    if (written.front() == '[') {
        const std::size_t end = written.find(']');
        if (end == std::string_view::npos) return "host has a [ without a ]";
        host.name = written.substr(1, end - 1);
        const std::string_view behind = written.substr(end + 1);
        has_port = !behind.empty();
        if (has_port && behind.front() != ':') return "host has something other than :port behind the ]";
        if (has_port) port = behind.substr(1);
        if (!is_ipv6_address(host.name)) return "host has something in brackets that is no IPv6 address";
    } else if (std::count(written.begin(), written.end(), ':') == 1) {
        const std::size_t colon = written.find(':');
        host.name = written.substr(0, colon);
        port = written.substr(colon + 1);
        has_port = true;
    } else {
        host.name = written;
        if (written.find(':') != std::string_view::npos && !is_ipv6_address(host.name)) {
            return "host has more than one colon and is no IPv6 address; with a port, write [address]:port";
        }
    }
    if (host.name.empty()) return "host has no name in front of its port";
    if (host.name.size() > longest_name) {
        return "host is " + std::to_string(host.name.size()) + " bytes long; a name has at most 253";
    }
    if (!std::all_of(host.name.begin(), host.name.end(), may_stand_in_host)) {
        return "host has a character that stands in no name and no address";
    }
    if (has_port) {
        const auto number = parse_port(port);
        if (!number) return "host has a port that is no number from 1 to 65535";
        host.port = *number;
    }
    return host;
}

std::optional<Endpoint> numeric_endpoint(const HostName& host) {
    sockaddr_in in{};
    if (inet_pton(AF_INET, host.name.c_str(), &in.sin_addr) == 1) {
        in.sin_family = AF_INET;
        in.sin_port = htons(host.port);
        return endpoint_of(in);
    }
    if (!is_ipv6_address(host.name)) return std::nullopt;
    // Only the library knows how a scope is written; one that this machine does not have is no address.
    addrinfo hints{};
    hints.ai_family = AF_INET6;
    hints.ai_flags = AI_NUMERICHOST;
    addrinfo* found = nullptr;
    if (getaddrinfo(host.name.c_str(), nullptr, &hints, &found) != 0) return std::nullopt;
    sockaddr_in6 in6{};
    std::memcpy(&in6, found->ai_addr, sizeof in6);
    freeaddrinfo(found);
    in6.sin6_port = htons(host.port);
    return without_mapping(endpoint_of(in6));
}

}  // namespace haas::ipmi

#include "core/config/listen.hpp"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "core/config/value.hpp"

namespace haas::config {
namespace {

constexpr std::string_view accepted =
    "an IP address and a port, such as 127.0.0.1:5000, [::1]:5000 or https://0.0.0.0:5443";

Value<Listen> parse_one(std::string_view text) {
    const auto refuse = [&](std::string_view why) {
        return tl::unexpected(fmt::format("'{}': {}; expected {}", text, why, accepted));
    };
    Listen listen;
    std::string_view rest = text;
    if (const auto scheme = rest.find("://"); scheme != std::string_view::npos) {
        const std::string_view name = rest.substr(0, scheme);
        if (name != "http" && name != "https") return refuse(fmt::format("the scheme '{}' is unknown", name));
        listen.tls = name == "https";
        rest.remove_prefix(scheme + 3);
    }
    const auto colon = rest.rfind(':');
    if (colon == std::string_view::npos || rest.ends_with(']')) return refuse("the port is missing");
    std::string_view host = rest.substr(0, colon);
    const std::string_view port = rest.substr(colon + 1);
    const auto [end, failed] = std::from_chars(port.data(), port.data() + port.size(), listen.port);
    if (failed != std::errc{} || end != port.data() + port.size()) {
        return refuse(fmt::format("'{}' is no port from 0 to 65535", port));
    }

    const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    listen.host = host == "localhost" && !bracketed ? "127.0.0.1" : host;
    // A zone (fe80::1%eth0) names an interface; whether it exists is seen when it is bound.
    const std::string address = listen.host.substr(0, bracketed ? listen.host.find('%') : std::string::npos);
    in6_addr binary{};
    if (::inet_pton(bracketed ? AF_INET6 : AF_INET, address.c_str(), &binary) != 1) {
        if (!bracketed && host.find(':') != std::string_view::npos) return refuse("an IPv6 address stands in brackets");
        return refuse(fmt::format("'{}' is no IP address", host));
    }
    return listen;
}

}  // namespace

bool Listen::loopback() const { return host == "::1" || host.starts_with("127."); }

std::string Listen::url() const {
    const bool v6 = host.find(':') != std::string::npos;
    return fmt::format("{}://{}{}{}:{}", tls ? "https" : "http", v6 ? "[" : "", host, v6 ? "]" : "", port);
}

tl::expected<std::vector<Listen>, std::string> parse_listen(std::string_view text) {
    std::vector<Listen> all;
    for (const std::string_view item : split(text, ',')) {
        Value<Listen> one = parse_one(item);
        if (!one) return tl::unexpected(one.error());
        if (one->port != 0 && std::find(all.begin(), all.end(), *one) != all.end()) {
            return tl::unexpected(fmt::format("'{}' is named twice", item));
        }
        all.push_back(std::move(*one));
    }
    if (all.empty()) return tl::unexpected(fmt::format("no address; expected {}", accepted));
    return all;
}

}  // namespace haas::config

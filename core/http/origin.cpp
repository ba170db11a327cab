#include "core/http/origin.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

namespace haas::http {
namespace {

struct Authority {
    std::string_view host;  // brackets kept
    std::uint16_t port = 0;
};

std::optional<std::uint16_t> default_port(std::string_view scheme) noexcept {
    if (equal_ignoring_case(scheme, "http")) return std::uint16_t{80};
    if (equal_ignoring_case(scheme, "https")) return std::uint16_t{443};
    return std::nullopt;
}

// RFC 3986 section 3.2.2: unreserved, sub-delims, and the % of what is encoded.
bool is_name_character(char c) noexcept {
    const bool letter_or_digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return letter_or_digit || (c != '\0' && std::strchr("-._~!$&'()*+,;=%", c) != nullptr);
}

bool is_host(std::string_view host) noexcept {
    if (host.starts_with('[')) {
        const auto inside = host.substr(1, host.size() - 2);
        return host.ends_with(']') && !inside.empty() &&
               inside.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
    }
    return !host.empty() && std::all_of(host.begin(), host.end(), is_name_character);
}

std::optional<Authority> parse_authority(std::string_view text, std::uint16_t port_if_none) noexcept {
    Authority authority{text, port_if_none};
    const auto colon = text.rfind(':');
    const auto bracket = text.rfind(']');
    if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
        authority.host = text.substr(0, colon);
        const auto digits = text.substr(colon + 1);
        if (!digits.empty()) {
            const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), authority.port);
            if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
        }
    }
    if (!is_host(authority.host)) return std::nullopt;
    return authority;
}

struct Origin {
    std::string_view scheme;
    Authority authority;
};

std::optional<Origin> parse_origin(std::string_view text) noexcept {
    const auto separator = text.find("://");
    if (separator == std::string_view::npos) return std::nullopt;
    const auto scheme = text.substr(0, separator);
    const auto port = default_port(scheme);
    if (!port) return std::nullopt;
    const auto authority = parse_authority(text.substr(separator + 3), *port);
    if (!authority) return std::nullopt;
    return Origin{scheme, *authority};
}

bool same(const Origin& a, const Origin& b) noexcept {
    return a.authority.port == b.authority.port && equal_ignoring_case(a.scheme, b.scheme) &&
           equal_ignoring_case(a.authority.host, b.authority.host);
}

bool is_own(const OriginRules& rules, const Origin& origin, const Authority& host) noexcept {
    if (same(origin, Origin{rules.scheme, host})) return true;
    return equal_ignoring_case(origin.scheme, rules.scheme) && origin.authority.port == rules.port &&
           is_loopback_name(origin.authority.host) && is_loopback_name(host.host);
}

bool is_allowed(const OriginRules& rules, const Origin& origin) noexcept {
    return std::any_of(rules.allowed_origins.begin(), rules.allowed_origins.end(), [&](const std::string& allowed) {
        const auto parsed = parse_origin(allowed);
        return parsed && same(origin, *parsed);
    });
}

Refusal foreign_host(std::string_view host) {
    return {403, fmt::format("This daemon asks for no credentials (mode = none), so it answers only requests addressed "
                             "to a loopback name such as localhost or 127.0.0.1, not to {}.",
                             quoted(host))};
}

Refusal foreign_origin(std::string_view origin) {
    if (origin == "null") {
        return {403, "A page without an origin of its own (Origin \"null\": a file, a sandboxed frame) may not call "
                     "this daemon, and allowed_origins cannot name it: serve the page from a web server."};
    }
    return {403, fmt::format("Pages of the origin {} may not call this daemon; to let them, add it to allowed_origins "
                             "in the section [http] of haas.cfg.",
                             quoted(origin))};
}

}  // namespace

bool is_loopback_name(std::string_view host) noexcept {
    if (host.ends_with('.')) host.remove_suffix(1);  // the same name, written as absolute
    if (equal_ignoring_case(host, "localhost")) return true;
    constexpr std::string_view below = ".localhost";
    if (host.size() > below.size() && equal_ignoring_case(host.substr(host.size() - below.size()), below)) return true;

    char text[INET6_ADDRSTRLEN] = {};
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    if (host.size() >= sizeof text) return false;
    std::copy(host.begin(), host.end(), text);
    if (bracketed) {
        in6_addr address{};
        return inet_pton(AF_INET6, text, &address) == 1 && IN6_IS_ADDR_LOOPBACK(&address);
    }
    in_addr address{};
    return inet_pton(AF_INET, text, &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

std::optional<Refusal> refuse_address(const OriginRules& rules, const Request& request, bool http10) {
    const Header* host_field = nullptr;
    const Header* origin_field = nullptr;
    for (const Header& field : request.headers) {
        if (equal_ignoring_case(field.name, "Host")) {
            if (host_field) return Refusal{400, "The request has more than one Host header."};
            host_field = &field;
        } else if (equal_ignoring_case(field.name, "Origin")) {
            if (origin_field) return Refusal{400, "The request has more than one Origin header."};
            origin_field = &field;
        }
    }
    if (!host_field && !http10) return Refusal{400, "The request has no Host header, which HTTP/1.1 asks for."};

    // An empty Host is proper where the target has no authority (RFC 9110 section 7.2); it is nobody's name.
    const std::string_view host_text = host_field ? std::string_view(host_field->value) : std::string_view();
    std::optional<Authority> host;
    if (!host_text.empty()) {
        host = parse_authority(host_text, default_port(rules.scheme).value_or(0));
        if (!host) return Refusal{400, fmt::format("The Host header {} is malformed.", quoted(host_text))};
    }
    if (rules.require_loopback_host && !(host && is_loopback_name(host->host))) return foreign_host(host_text);

    if (!origin_field) return std::nullopt;
    const auto origin = parse_origin(origin_field->value);
    if (origin && ((host && is_own(rules, *origin, *host)) || is_allowed(rules, *origin))) return std::nullopt;
    return foreign_origin(origin_field->value);
}

}  // namespace haas::http

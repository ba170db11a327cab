// Which web pages may call, and under which names this daemon may be addressed: a page must not press power buttons.
// Pure rules over a request's Host and Origin; it knows no socket.  RFC 9110 section 7.2, RFC 6454 section 7.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/http/message.hpp"
#include "core/http/refusal.hpp"

namespace haas::http {

struct OriginRules {
    std::string_view scheme = "http";  // of the listener: "http" or "https"
    std::uint16_t port = 0;            // that the listener is bound to
    const std::vector<std::string>& allowed_origins;
    bool require_loopback_host = false;
};

// Refuses with 400 what has not exactly one proper Host (HTTP/1.0 may have none), and with 403
// - under require_loopback_host, a Host that is no loopback name.  This stops DNS rebinding: a page whose own name was
//   made to resolve to 127.0.0.1 is of the same origin as the daemon in its browser's eyes, but its Host gives it away;
// - an Origin that is neither the listener's own nor allowed.  Own is the origin that the request is addressed to, and
//   for requests addressed to a loopback name, every loopback name with the listener's port.  "null" never is.
// Requests without Origin pass: they come from no page, or from one that gets no answer to read and changes nothing.
std::optional<Refusal> refuse_address(const OriginRules& rules, const Request& request, bool http10);

// A host of a URL, IPv6 in brackets: localhost, *.localhost, 127.0.0.0/8 in dotted form, [::1].
bool is_loopback_name(std::string_view host) noexcept;

}  // namespace haas::http

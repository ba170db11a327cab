// Commands that make, raise and end sessions.  IPMI 2.0 sections 22.13 (Get Channel Authentication Capabilities),
// 22.18 (Set Session Privilege Level), 22.19 (Close Session).
#pragma once

#include <cstdint>
#include <optional>

#include "plugins/ipmi/command/request.hpp"
#include "plugins/ipmi/wire/algorithms.hpp"

namespace haas::ipmi {

// Sent outside a session, in wire/presession.hpp's wrapper.  `ask_for_ipmi20` sets the reserved bit 7 of the channel
// byte: some 1.5-era BMCs answer it with CCh, and want to be asked again without.
Request channel_authentication_capabilities(bool ask_for_ipmi20, Privilege privilege);

struct ChannelAuthenticationCapabilities {
    std::uint8_t channel = 0;
    // The only bit worth reading: flags about user names and Kg are wrong on many boards (FreeIPMI `authcap`).  Its
    // absence is advice too; a handshake costs one packet more.
    bool ipmi20 = false;
};
// `data` is what follows the completion code, here and below.  Bytes behind the known fields are allowed in all
// answers: some BMCs send more (FreeIPMI bugs, BMC config #33), and they come from where the rest came from.
std::optional<ChannelAuthenticationCapabilities> parse_channel_authentication_capabilities(ByteView data) noexcept;

Request set_session_privilege_level(Privilege privilege);
// The level the session has now.
std::optional<Privilege> parse_session_privilege_level(ByteView data) noexcept;

// `session_id` is the BMC's.
Request close_session(std::uint32_t session_id);

}  // namespace haas::ipmi

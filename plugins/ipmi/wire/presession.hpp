// The IPMI 1.5 wrapper of messages outside any session, such as Get Channel Authentication Capabilities.
// IPMI 2.0 section 13.6, table 13-8 (authentication type none, session ID 0, sequence 0).
#pragma once

#include <optional>

#include "plugins/ipmi/wire/bytes.hpp"

namespace haas::ipmi {

// The whole datagram; `out` is cleared first.  Precondition: at most 255 bytes of message.
void encode_presession(ByteView message, Bytes& out);
// The message inside the datagram, or nothing for any other datagram.
std::optional<ByteView> decode_presession(ByteView datagram) noexcept;

}  // namespace haas::ipmi

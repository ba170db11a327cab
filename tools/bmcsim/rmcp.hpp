// The outer layers of a datagram: RMCP (ASF 2.0 section 3.2.2), ASF presence ping, the IPMI 1.5 wrapper without
// authentication (IPMI 2.0 section 13.6), and the RMCP+ session header and trailer.  It knows no session and no key.
#pragma once

#include <optional>

#include "tools/bmcsim/octets.hpp"

namespace haas::bmcsim {

enum class PayloadType : std::uint8_t {
    ipmi = 0x00,
    sol = 0x01,
    oem_explicit = 0x02,
    open_session_request = 0x10,
    open_session_response = 0x11,
    rakp1 = 0x12,
    rakp2 = 0x13,
    rakp3 = 0x14,
    rakp4 = 0x15,
};

enum class Layer : std::uint8_t { malformed, ping, ipmi15, rmcpp };

// What follows the four bytes of RMCP, and what it is.  An RMCP ACK and other classes are malformed here.
struct Outer {
    Layer layer = Layer::malformed;
    Octets body;
};
Outer decode_rmcp(Octets datagram) noexcept;

// The message tag of a presence ping, or nothing.
std::optional<std::uint8_t> decode_ping(Octets body) noexcept;
void encode_pong(Packet& out, std::uint8_t tag);

// The IPMI message of an unauthenticated IPMI 1.5 packet outside any session, or nothing.
std::optional<Octets> decode_ipmi15(Octets body) noexcept;
void encode_ipmi15(Packet& out, Octets message);

struct SessionPacket {
    std::uint8_t type = 0;  // six bits; see PayloadType
    bool encrypted = false;
    bool authenticated = false;
    std::uint32_t session_id = 0;
    std::uint32_t sequence = 0;
    Octets payload;
    Octets behind;   // all that follows the payload: pad, pad length, next header, AuthCode
    Octets covered;  // the body from its first byte on: the AuthCode is over a front part of it
};
std::optional<SessionPacket> decode_rmcpp(Octets body) noexcept;

struct Trailer {
    Octets covered;
    Octets auth_code;
    std::size_t pad = 0;
};
// Nothing when pad length, next header or sizes do not fit together.  The pad's own length is not judged.
std::optional<Trailer> decode_trailer(const SessionPacket& packet, std::size_t auth_code_size) noexcept;

struct SessionHeader {
    std::uint8_t type = 0;
    bool encrypted = false;
    bool authenticated = false;
    std::uint32_t session_id = 0;
    std::uint32_t sequence = 0;
};
void encode_rmcpp(Packet& out, const SessionHeader& header, Octets payload);

// The bytes of RMCP itself, which no AuthCode covers.
inline constexpr std::size_t rmcp_size = 4;

}  // namespace haas::bmcsim

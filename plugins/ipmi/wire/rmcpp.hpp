// The RMCP+ packet: session header, payload and session trailer.  IPMI 2.0 section 13.6, table 13-8; payload types
// section 13.27.3, table 13-16.  Neither decrypts nor verifies: it says where things lie.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "plugins/ipmi/wire/bytes.hpp"
#include "plugins/ipmi/wire/writer.hpp"

namespace haas::ipmi {

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

struct RmcppHeader {
    PayloadType type = PayloadType::ipmi;
    bool encrypted = false;
    bool authenticated = false;
    std::uint32_t session_id = 0;
    std::uint32_t sequence = 0;
    std::uint16_t payload_size = 0;
};

// Where the payload begins in a datagram, and where the authenticated range does.
inline constexpr std::size_t rmcpp_payload_offset = 16;
inline constexpr std::size_t rmcpp_authenticated_offset = 4;

struct RmcppPacket {
    RmcppHeader header;
    ByteView payload;
    ByteView authenticated;  // authentication type .. next header: what the AuthCode covers; empty without one
    ByteView auth_code;      // empty without one
};

void write_rmcp_and_session_header(Writer& writer, const RmcppHeader& header);
// Which bytes the integrity pad fills up to a multiple of four.
enum class PadRule : std::uint8_t {
    all,                   // all that the AuthCode covers, as table 13-8 has it
    without_its_own_end,   // not pad length and next header (ipmitool -o icts)
};
// Integrity pad, pad length, next header; the AuthCode follows.  `begin` is the datagram's first byte in the writer.
void write_trailer(Writer& writer, std::size_t begin, PadRule rule = PadRule::all);

// A packet outside a session: session ID and sequence 0, neither encrypted nor authenticated.  `out` is cleared first.
void encode_unprotected(PayloadType type, ByteView payload, Bytes& out);

// The header alone, whatever follows it: for telling whose a datagram is.  OEM explicit payloads, whose header
// is longer, are refused.
std::optional<RmcppHeader> peek_rmcpp_header(ByteView datagram) noexcept;

// `auth_code_size` is the negotiated algorithm's, used only when the packet says it is authenticated.
std::optional<RmcppPacket> decode_rmcpp(ByteView datagram, std::size_t auth_code_size) noexcept;

}  // namespace haas::ipmi

// The payload of type SOL: serial console characters, and what both sides say about them.  IPMI 2.0 section 15.9,
// table 15-2.  Knows one packet, not the conversation: that is sol/transfer.hpp's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "plugins/ipmi/wire/bytes.hpp"

namespace haas::ipmi {

// The fourth byte.  To the BMC it holds operations, from the BMC status.
inline constexpr std::uint8_t sol_nack = 0x40;         // either way: what is acknowledged was not accepted, or not all
inline constexpr std::uint8_t sol_break = 0x10;        // to the BMC: generate a break condition
inline constexpr std::uint8_t sol_unavailable = 0x20;  // from the BMC: the serial line is not there (host off, or in use)
inline constexpr std::uint8_t sol_deactivated = 0x10;  // from the BMC: SOL is deactivated, or just being
inline constexpr std::uint8_t sol_overrun = 0x08;      // from the BMC: output was lost on its side

inline constexpr std::size_t sol_header_bytes = 4;
// The count of accepted characters is one byte.
inline constexpr std::size_t sol_most_data = 255;

struct SolPacket {
    std::uint8_t sequence = 0;  // 1 to 15; 0: nothing that wants an acknowledgement
    std::uint8_t ack = 0;       // the other side's packet that this is about; 0: none
    std::uint8_t accepted = 0;  // how many characters of that packet
    std::uint8_t bits = 0;
    ByteView data;

    bool has(std::uint8_t bit) const noexcept { return (bits & bit) != 0; }
};

// 15 is followed by 1.
constexpr std::uint8_t sol_following(std::uint8_t sequence) noexcept {
    return sequence >= 15 ? std::uint8_t{1} : static_cast<std::uint8_t>(sequence + 1);
}

// Appends to `out`.
void encode_sol(const SolPacket& packet, Bytes& out);
// Nothing when the header is cut off.  The upper halves of both sequence bytes are reserved, and ignored.
std::optional<SolPacket> decode_sol(ByteView payload) noexcept;

}  // namespace haas::ipmi

// The IPMI message inside a payload of type IPMI: addresses, network function, command, two checksums.
// IPMI 2.0 section 13.8, figure 13-4 (LAN message formats).  A response's body begins with its completion code.
#pragma once

#include <cstdint>
#include <optional>

#include "plugins/ipmi/wire/bytes.hpp"

namespace haas::ipmi {

inline constexpr std::uint8_t bmc_address = 0x20;
inline constexpr std::uint8_t console_address = 0x81;

struct Message {
    std::uint8_t to = bmc_address;        // rsAddr of a request, rqAddr of a response
    std::uint8_t netfn = 0;
    std::uint8_t to_lun = 0;
    std::uint8_t from = console_address;  // rqAddr of a request, rsAddr of a response
    std::uint8_t rq_seq = 0;              // 6 bits
    std::uint8_t from_lun = 0;
    std::uint8_t command = 0;
    ByteView body;
    // Decoding only.  Wrong on some Supermicro boards (X9SCM-iiF, X9DRi-F, X9DRFR; FreeIPMI `nochecksumcheck`), so
    // it is for the caller to decide: behind a valid AuthCode the checksums add nothing.
    bool checksums_good = true;
};

// Appends to `out`.
void encode_message(const Message& message, Bytes& out);
std::optional<Message> decode_message(ByteView payload) noexcept;

}  // namespace haas::ipmi

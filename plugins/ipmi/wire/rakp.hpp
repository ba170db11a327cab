// The four messages of the RMCP+ Authenticated Key-Exchange Protocol.  IPMI 2.0 sections 13.20 (RAKP 1, table 13-11),
// 13.21 (RAKP 2, table 13-12), 13.22 (RAKP 3, table 13-13), 13.23 (RAKP 4, table 13-14).
// Says where the key exchange codes lie; crypto/rakp.hpp says what they must be.
#pragma once

#include <cstdint>
#include <optional>

#include "plugins/ipmi/wire/algorithms.hpp"
#include "plugins/ipmi/wire/bytes.hpp"

namespace haas::ipmi {

// Role_M, byte 25 of RAKP 1: the privilege level, and bit 4 for name-only lookup.  Every hash covers the whole byte.
constexpr std::uint8_t role_byte(Privilege privilege, bool name_only_lookup) noexcept {
    return static_cast<std::uint8_t>(static_cast<std::uint8_t>(privilege) | (name_only_lookup ? 0x10 : 0x00));
}

struct Rakp1 {
    std::uint8_t tag = 0;
    std::uint32_t bmc_id = 0;
    RandomNumber console_random{};  // R_M
    std::uint8_t role = 0;
    ByteView user;                  // at most 16 bytes; not padded: phosphor-net-ipmid refuses padding with 0Ch
    // The field is filled up with zeros, and `user` says how long the name is: for an Intel 82571 (ipmitool `i82571spt`).
    // Only encoded.
    bool fills_field = false;
};

// In RAKP 2 to 4, what stands behind the session ID is only there when the status is 0.
struct Rakp2 {
    std::uint8_t tag = 0;
    std::uint8_t status = 0;
    std::uint32_t console_id = 0;
    RandomNumber bmc_random{};  // R_C
    Guid bmc_guid{};
    // All that follows.  Longer than the algorithm's on Peppercon firmware (FreeIPMI `supermicro20`: one byte), so it
    // is for the caller to cut.
    ByteView key_exchange_code;
};

struct Rakp3 {
    std::uint8_t tag = 0;
    std::uint8_t status = 0;
    std::uint32_t bmc_id = 0;
    ByteView key_exchange_code;
};

struct Rakp4 {
    std::uint8_t tag = 0;
    std::uint8_t status = 0;
    std::uint32_t console_id = 0;
    ByteView integrity_check_value;
};

// Append to `out`.
void encode(const Rakp1& rakp1, Bytes& out);
void encode(const Rakp2& rakp2, Bytes& out);
void encode(const Rakp3& rakp3, Bytes& out);
void encode(const Rakp4& rakp4, Bytes& out);

// Views point into the payload.  An error may be followed by anything: phosphor-net-ipmid sends the whole structure,
// filled with zeros.
std::optional<Rakp1> decode_rakp1(ByteView payload) noexcept;
std::optional<Rakp2> decode_rakp2(ByteView payload) noexcept;
std::optional<Rakp3> decode_rakp3(ByteView payload) noexcept;
std::optional<Rakp4> decode_rakp4(ByteView payload) noexcept;

}  // namespace haas::ipmi

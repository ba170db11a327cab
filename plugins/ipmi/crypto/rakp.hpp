// The codes and keys of the RAKP key exchange, by their names in IPMI 2.0 sections 13.31 (codes, SIK) and 13.32
// (K1, K2).  H is HMAC with the hash of the negotiated authentication algorithm.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "plugins/ipmi/crypto/hmac.hpp"

namespace haas::ipmi {

// What both sides have said in the open; every hash covers a part of it.  Views must live as long as it is used.
struct Exchange {
    std::uint32_t console_id = 0;              // SID_M
    std::uint32_t bmc_id = 0;                  // SID_C
    std::array<std::uint8_t, 16> console_random{};  // R_M
    std::array<std::uint8_t, 16> bmc_random{};      // R_C
    std::array<std::uint8_t, 16> bmc_guid{};        // GUID_C
    std::uint8_t role = 0;                     // Role_M: the whole byte of RAKP 1, also its name-only bit
    std::span<const std::uint8_t> user;        // UName_M, whose length is hashed before it
};

// H(Kuid; SID_M, SID_C, R_M, R_C, GUID_C, Role_M, ULength_M, UName_M)
Digest rakp2_code(Hash hash, std::span<const std::uint8_t> kuid, const Exchange& exchange);
// H(Kuid; R_C, SID_M, Role_M, ULength_M, UName_M)
Digest rakp3_code(Hash hash, std::span<const std::uint8_t> kuid, const Exchange& exchange);
// SIK = H(Kg; R_M, R_C, Role_M, ULength_M, UName_M), where Kuid stands in for a Kg that is not set.
Digest session_integrity_key(Hash hash, std::span<const std::uint8_t> kg, const Exchange& exchange);
// H(SIK; R_M, SID_C, GUID_C), cut to 12 bytes (SHA-1) or 16 (SHA-256): the integrity check value of RAKP 4.
Digest rakp4_icv(Hash hash, const Digest& sik, const Exchange& exchange);

struct SessionKeys {
    Digest k1;  // keys the integrity algorithm, whole
    Digest k2;  // its first 16 bytes key AES
};

// K1 = H(SIK; twenty bytes 01h), K2 = H(SIK; twenty bytes 02h).  Twenty for SHA-256 too: what ipmitool, pyghmi and
// OpenBMC do, although section 13.32 can be read as the hash's own length.
SessionKeys session_keys(Hash hash, const Digest& sik);

}  // namespace haas::ipmi

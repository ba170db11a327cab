// The algorithms of RMCP+ sessions by their numbers (IPMI 2.0 tables 13-17 to 13-19) and the cipher suites made of them
// (table 22-20).  It computes nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace haas::bmcsim {

enum class Authentication : std::uint8_t { none = 0, hmac_sha1 = 1, hmac_sha256 = 3 };
enum class Integrity : std::uint8_t { none = 0, hmac_sha1_96 = 1, hmac_sha256_128 = 4 };
enum class Confidentiality : std::uint8_t { none = 0, aes_cbc_128 = 1 };

struct CipherSuite {
    std::uint8_t id;
    Authentication authentication;
    Integrity integrity;
    Confidentiality confidentiality;
};

// All that this simulator can do; what a BMC offers is a setting.
inline constexpr std::array<CipherSuite, 7> known_suites{{
    {0, Authentication::none, Integrity::none, Confidentiality::none},
    {1, Authentication::hmac_sha1, Integrity::none, Confidentiality::none},
    {2, Authentication::hmac_sha1, Integrity::hmac_sha1_96, Confidentiality::none},
    {3, Authentication::hmac_sha1, Integrity::hmac_sha1_96, Confidentiality::aes_cbc_128},
    {15, Authentication::hmac_sha256, Integrity::none, Confidentiality::none},
    {16, Authentication::hmac_sha256, Integrity::hmac_sha256_128, Confidentiality::none},
    {17, Authentication::hmac_sha256, Integrity::hmac_sha256_128, Confidentiality::aes_cbc_128},
}};

// Bytes of the AuthCode at the end of each packet.
constexpr std::size_t auth_code_size(Integrity integrity) noexcept {
    return integrity == Integrity::none ? 0 : integrity == Integrity::hmac_sha1_96 ? 12 : 16;
}
// Bytes of the integrity check value in RAKP message 4: the authentication algorithm decides.
constexpr std::size_t check_value_size(Authentication authentication) noexcept {
    return authentication == Authentication::none ? 0 : authentication == Authentication::hmac_sha1 ? 12 : 16;
}

}  // namespace haas::bmcsim

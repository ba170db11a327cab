// The numbers that both sides of an RMCP+ handshake name: cipher suites, algorithms, privilege levels.
// IPMI 2.0 sections 13.28 (algorithms), 22.15.2 (cipher suites), 6.8 (privilege levels).
#pragma once

#include <array>
#include <cstdint>

namespace haas::ipmi {

// Tables 13-17, 13-18, 13-19.
enum class AuthenticationAlgorithm : std::uint8_t { none = 0, hmac_sha1 = 1, hmac_md5 = 2, hmac_sha256 = 3 };
enum class IntegrityAlgorithm : std::uint8_t {
    none = 0,
    hmac_sha1_96 = 1,
    hmac_md5_128 = 2,
    md5_128 = 3,
    hmac_sha256_128 = 4,
};
enum class ConfidentialityAlgorithm : std::uint8_t { none = 0, aes_cbc_128 = 1, xrc4_128 = 2, xrc4_40 = 3 };

struct Algorithms {
    AuthenticationAlgorithm authentication{};
    IntegrityAlgorithm integrity{};
    ConfidentialityAlgorithm confidentiality{};

    friend bool operator==(const Algorithms&, const Algorithms&) = default;
};

// Table 22-20: the suites this driver speaks.  All others lack authentication, integrity or encryption, or rest on MD5.
enum class CipherSuite : std::uint8_t { suite_3 = 3, suite_17 = 17 };

constexpr Algorithms algorithms_of(CipherSuite suite) noexcept {
    if (suite == CipherSuite::suite_17) {
        return {AuthenticationAlgorithm::hmac_sha256, IntegrityAlgorithm::hmac_sha256_128,
                ConfidentialityAlgorithm::aes_cbc_128};
    }
    return {AuthenticationAlgorithm::hmac_sha1, IntegrityAlgorithm::hmac_sha1_96,
            ConfidentialityAlgorithm::aes_cbc_128};
}

// Section 6.8.  In an Open Session request, `highest` asks for the highest level the algorithms allow.
enum class Privilege : std::uint8_t {
    highest = 0,
    callback = 1,
    user = 2,
    operator_level = 3,
    administrator = 4,
    oem = 5,
};

using Guid = std::array<std::uint8_t, 16>;
using RandomNumber = std::array<std::uint8_t, 16>;  // R_M or R_C

}  // namespace haas::ipmi

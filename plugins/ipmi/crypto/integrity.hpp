// The AuthCode of a packet: HMAC-SHA1-96 or HMAC-SHA256-128 under K1.  IPMI 2.0 section 13.28.4, table 13-18.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "plugins/ipmi/crypto/hmac.hpp"

namespace haas::ipmi {

class Integrity {
public:
    Integrity(Hash hash, std::span<const std::uint8_t> k1) noexcept : k1_(k1), hash_(hash) {}

    std::size_t code_bytes() const noexcept { return hash_ == Hash::sha1 ? 12 : 16; }
    Digest code(std::span<const std::uint8_t> range) const;
    bool verifies(std::span<const std::uint8_t> range, std::span<const std::uint8_t> code) const;

private:
    Key<32> k1_;
    Hash hash_;
};

}  // namespace haas::ipmi

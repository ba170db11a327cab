// AES-CBC-128 payloads under the first 16 bytes of K2: initialisation vector, data, pad 01 02 03 .., pad length.
// IPMI 2.0 section 13.29, table 13-20; the key: section 13.29.2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "plugins/ipmi/crypto/key.hpp"
#include "plugins/ipmi/crypto/random.hpp"

namespace haas::ipmi {

class Confidentiality {
public:
    explicit Confidentiality(std::span<const std::uint8_t> k2) noexcept : key_(k2.first(16)) {}

    static constexpr std::size_t encrypted_size(std::size_t data_size) noexcept {
        return 16 + (data_size + 1 + 15) / 16 * 16;
    }
    // Appends encrypted_size(data.size()) bytes to `out`, under a fresh initialisation vector.
    void encrypt(std::span<const std::uint8_t> data, Random& random, std::vector<std::uint8_t>& out) const;
    // In place; gives the part of `payload` that is data.  Nothing when the size is none that encrypt() makes, or
    // the pad length is over 15 or longer than what there is.
    std::optional<std::span<const std::uint8_t>> decrypt(std::span<std::uint8_t> payload) const;

private:
    Key<16> key_;
};

}  // namespace haas::ipmi

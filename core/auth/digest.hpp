// What is kept of a random credential instead of its text: its SHA-256 (FIPS 180-4).  No salt: nobody guesses the text.
// Private to core/auth.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace haas::auth {

using Digest = std::array<std::uint8_t, 32>;

Digest digest_of(std::string_view text);

// For unordered maps.  The time that a comparison takes does not tell how much was equal.
struct DigestHash {
    std::size_t operator()(const Digest& digest) const noexcept;
};
struct DigestEqual {
    bool operator()(const Digest& left, const Digest& right) const noexcept;
};

}  // namespace haas::auth

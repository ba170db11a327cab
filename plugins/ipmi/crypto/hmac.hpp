// HMAC over the two hashes of cipher suites 3 and 17 (RFC 2104; IPMI 2.0 section 13.28.1), and comparing its results.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>

#include "plugins/ipmi/crypto/key.hpp"

namespace haas::ipmi {

enum class Hash : std::uint8_t { sha1, sha256 };

constexpr std::size_t digest_bytes(Hash hash) noexcept { return hash == Hash::sha1 ? 20 : 32; }

using Digest = Key<32>;

// Of the parts, one behind the other.  Any thread: each keeps contexts of its own, so that nothing is fetched or
// allocated per call; they hold what the thread's last key made of them until its next call or its end.
Digest hmac(Hash hash, std::span<const std::uint8_t> key, std::initializer_list<std::span<const std::uint8_t>> parts);

// Takes a time that depends on the sizes only.
bool equal(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) noexcept;

}  // namespace haas::ipmi

#include "plugins/ipmi/crypto/random.hpp"

#include <algorithm>
#include <stdexcept>

#include <openssl/rand.h>

#include "plugins/ipmi/crypto/key.hpp"

namespace haas::ipmi {
namespace {

void draw(std::span<std::uint8_t> out) {
    if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1) {
        throw std::runtime_error("no randomness from OpenSSL");
    }
}

}  // namespace

std::uint32_t Random::u32() {
    std::array<std::uint8_t, 4> bytes{};
    fill(bytes);
    return static_cast<std::uint32_t>(bytes[0]) | static_cast<std::uint32_t>(bytes[1]) << 8 |
           static_cast<std::uint32_t>(bytes[2]) << 16 | static_cast<std::uint32_t>(bytes[3]) << 24;
}

SystemRandom::~SystemRandom() { wipe(block_); }

void SystemRandom::fill(std::span<std::uint8_t> out) {
    if (out.size() > block_.size()) return draw(out);
    if (out.size() > left_) {
        draw(block_);
        left_ = block_.size();
    }
    const auto taken = std::span(block_).subspan(block_.size() - left_, out.size());
    std::copy(taken.begin(), taken.end(), out.begin());
    wipe(taken);
    left_ -= out.size();
}

}  // namespace haas::ipmi

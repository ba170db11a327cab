// Randomness whose every byte follows from its seed, so that a session sends the same in each run of a test.
#pragma once

#include "plugins/ipmi/crypto/random.hpp"

namespace haas::ipmi {

class FixedRandom final : public Random {
public:
    explicit FixedRandom(std::uint32_t seed) : state_(seed * 2 + 1) {}

    void fill(std::span<std::uint8_t> out) override {
        for (std::uint8_t& byte : out) {
            state_ = state_ * 1664525U + 1013904223U;
            byte = static_cast<std::uint8_t>(state_ >> 24);
        }
    }

private:
    std::uint32_t state_;
};

}  // namespace haas::ipmi

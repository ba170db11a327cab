// Reproducible chance (SplitMix64): one small state per BMC, so that what happens to one does not hang on the others.
// A simulator's keys protect nothing; nothing else may use this.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace haas::bmcsim {

class Random {
public:
    explicit Random(std::uint64_t seed) noexcept : state_(seed) {}

    std::uint64_t next() noexcept {
        state_ += 0x9E3779B97F4A7C15;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB;
        return mixed ^ mixed >> 31;
    }
    // From 0 up to, not including, 1.
    double share() noexcept { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
    bool chance(double probability) noexcept { return probability > 0 && share() < probability; }

    std::array<std::uint8_t, 16> octets16() noexcept {
        std::array<std::uint8_t, 16> drawn{};
        for (std::size_t half = 0; half < 2; ++half) {
            std::uint64_t bits = next();
            for (std::size_t i = 0; i < 8; ++i, bits >>= 8) {
                drawn[half * 8 + i] = static_cast<std::uint8_t>(bits & 0xFF);
            }
        }
        return drawn;
    }

private:
    std::uint64_t state_;
};

}  // namespace haas::bmcsim

// Where unpredictable bytes come from: session IDs, tags, R_M, initialisation vectors and the jitter of timers.
// Given in, so that a test or a fuzzer can fix every byte a session sends.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace haas::ipmi {

class Random {
public:
    virtual ~Random() = default;
    virtual void fill(std::span<std::uint8_t> out) = 0;

    std::uint32_t u32();
};

// The operating system's, through OpenSSL.  Draws in blocks, because one call costs more than one packet's crypto;
// what was handed out is wiped here.  For one thread.  Throws std::runtime_error when the system has no randomness.
class SystemRandom final : public Random {
public:
    SystemRandom() = default;
    ~SystemRandom() override;
    SystemRandom(const SystemRandom&) = delete;
    SystemRandom& operator=(const SystemRandom&) = delete;

    void fill(std::span<std::uint8_t> out) override;

private:
    std::array<std::uint8_t, 1024> block_{};
    std::size_t left_ = 0;  // unused bytes at the block's end
};

}  // namespace haas::ipmi

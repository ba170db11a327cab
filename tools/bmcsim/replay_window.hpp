// Which session sequence numbers came already (IPMI 2.0 section 6.12.13): a sliding window of 16 numbers behind the
// highest seen and 15 ahead of it.
#pragma once

#include <cstdint>

namespace haas::bmcsim {

class ReplayWindow {
public:
    enum class Verdict : std::uint8_t { fresh, repeated, outside };

    // All numbers up to `highest` count as seen: a new session begins at 0, and its first packet is 1.
    explicit ReplayWindow(std::uint32_t highest = 0) noexcept : highest_(highest) {}

    Verdict take(std::uint32_t sequence) noexcept {
        if (sequence == 0) {
            return Verdict::outside;
        }
        const auto ahead = static_cast<std::int32_t>(sequence - highest_);
        if (ahead > limit_ahead || ahead < -limit_behind) {
            return Verdict::outside;
        }
        if (ahead > 0) {
            seen_ = seen_ << ahead | 1U;
            highest_ = sequence;
            return Verdict::fresh;
        }
        const std::uint32_t bit = 1U << -ahead;
        if ((seen_ & bit) != 0) {
            return Verdict::repeated;
        }
        seen_ |= bit;
        return Verdict::fresh;
    }

    std::uint32_t highest() const noexcept { return highest_; }

private:
    static constexpr std::int32_t limit_ahead = 15;
    static constexpr std::int32_t limit_behind = 16;

    std::uint32_t highest_;
    std::uint32_t seen_ = 0xFFFFFFFF;  // bit n: highest_ - n came
};

}  // namespace haas::bmcsim

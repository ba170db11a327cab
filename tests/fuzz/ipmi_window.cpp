// The receive window and the count of numbers left out, beside a set of all numbers that were taken.
// IPMI 2.0 section 6.12.13: numbers go round without 0, so they are a ring of 2^32 - 1.
#include <set>

#include "plugins/ipmi/session/receive_window.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace haas::ipmi {
namespace {

using fuzz::require;

constexpr std::uint64_t ring = 0xffffffff;

// Steps forward from one number to another.
std::uint64_t steps(std::uint32_t from, std::uint32_t to) { return (ring + to - from) % ring; }

class Beside {
public:
    void offer(std::uint32_t number) {
        const bool expected = is_fresh(number);
        require(window_.would_accept(number) == expected, "what is new and near is taken, and nothing else");
        require(window_.would_accept(number) == expected, "to ask changes nothing");
        if (!expected) return;
        window_.accept(number);
        require(!window_.would_accept(number), "each number is taken once");
        const bool is_ahead = highest_ == 0 || steps(highest_, number) < ahead;
        if (highest_ != 0) {
            const std::uint64_t left_out = is_ahead ? steps(highest_, number) - 1 : 0;
            require(numbers_between(highest_, number) == left_out, "what was left out is counted");
        }
        if (is_ahead) highest_ = number;
        taken_.insert(number);
        std::erase_if(taken_, [this](std::uint32_t one) { return steps(one, highest_) >= width; });
        require(window_.highest() == highest_, "the highest is known");
    }

    std::uint32_t highest() const { return highest_; }

private:
    static constexpr std::uint64_t ahead = 0x80000000;
    static constexpr std::uint64_t width = 32;

    bool is_fresh(std::uint32_t number) const {
        if (number == 0) return false;
        if (highest_ == 0) return true;
        if (number != highest_ && steps(highest_, number) < ahead) return true;
        return steps(number, highest_) < width && !taken_.contains(number);
    }

    ReceiveWindow window_;
    std::uint32_t highest_ = 0;
    std::set<std::uint32_t> taken_;
};

}  // namespace
}  // namespace haas::ipmi

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    haas::fuzz::Choices choices({data, size});
    haas::ipmi::Beside beside;
    while (!choices.none_left()) {
        const std::uint8_t how = choices.byte();
        if (how < 0xf0) {
            // Near the highest: up to 40 behind, the rest ahead.
            beside.offer(beside.highest() + how - 40U);
        } else {
            const auto low = static_cast<std::uint32_t>(choices.two_bytes());
            beside.offer(low | static_cast<std::uint32_t>(choices.two_bytes()) << 16);
        }
    }
    return 0;
}

// Which authenticated packets of the peer were seen already: the last 32 sequence numbers as a bitmap.
// IPMI 2.0 section 6.12.13.  Numbers start at 1, never are 0, and wrap from FFFFFFFFh to 1.
#pragma once

#include <cstdint>

namespace haas::ipmi {

class ReceiveWindow {
public:
    // Whether a packet with this number may still be accepted.  Any step forward is: shared-NIC ASRock boards skip
    // every second number (FreeIPMI bugs, LAN Session #9), and replies get lost.  Ask before the MAC is checked,
    // accept() only after it.
    bool would_accept(std::uint32_t sequence) const noexcept;
    void accept(std::uint32_t sequence) noexcept;

    // The highest number accepted; 0 before the first.
    std::uint32_t highest() const noexcept { return highest_; }

private:
    std::uint32_t highest_ = 0;
    std::uint32_t seen_ = 0;  // bit n: highest_ - n was seen
};

// How many numbers lie between two that the peer used, 0 when `later` is the next one or the older of the two.
// The BMC's numbers are evidence: a gap between the answers to two commands means that an answer was sent and lost.
std::uint32_t numbers_between(std::uint32_t earlier, std::uint32_t later) noexcept;

}  // namespace haas::ipmi

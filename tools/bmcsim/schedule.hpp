// Datagrams and serial ports that wait for their time, earliest first.
#pragma once

#include <queue>

#include "tools/bmcsim/session.hpp"

namespace haas::bmcsim {

struct Waiting {
    enum class What : std::uint8_t { to_bmc, from_bmc, serial };
    What what = What::serial;
    Time due{};
    std::uint32_t number = 0;  // of the BMC
    Peer peer;
    std::uint16_t size = 0;
    std::array<std::uint8_t, Packet::capacity> octets;  // NOLINT: only `size` of them are read
    Octets datagram() const noexcept { return Octets(octets.data(), size); }
};

class Schedule {
public:
    // A datagram longer than any that a BMC takes is cut: it is malformed either way.
    void add(Time due, Waiting::What what, std::uint32_t number, Peer peer, Octets datagram) {
        if (free_.empty()) {
            slots_.push_back(std::make_unique<Waiting>());
            free_.push_back(static_cast<std::uint32_t>(slots_.size() - 1));
        }
        const std::uint32_t slot = free_.back();
        free_.pop_back();
        Waiting& waiting = *slots_[slot];
        waiting.what = what;
        waiting.number = number;
        waiting.peer = peer;
        waiting.size = static_cast<std::uint16_t>(std::min(datagram.size(), waiting.octets.size()));
        std::copy_n(datagram.begin(), waiting.size, waiting.octets.begin());
        queue_.push({due, order_++, slot});
    }

    Time next_due() const noexcept { return queue_.empty() ? Time::max() : queue_.top().due; }

    // Hands out one whose time has come; false when there is none.  `waiting` is a copy: handling it may add others.
    bool take(Time now, Waiting& waiting) {
        if (next_due() > now) {
            return false;
        }
        waiting.due = queue_.top().due;
        const std::uint32_t slot = queue_.top().slot;
        queue_.pop();
        const Waiting& found = *slots_[slot];
        waiting.what = found.what;
        waiting.number = found.number;
        waiting.peer = found.peer;
        waiting.size = found.size;
        std::copy_n(found.octets.begin(), found.size, waiting.octets.begin());
        free_.push_back(slot);
        return true;
    }

private:
    struct Entry {
        Time due;
        std::uint64_t order;  // equal times leave in the order they came
        std::uint32_t slot;
        bool operator<(const Entry& other) const noexcept {
            return due != other.due ? due > other.due : order > other.order;
        }
    };
    std::priority_queue<Entry> queue_;
    std::uint64_t order_ = 0;
    std::vector<std::unique_ptr<Waiting>> slots_;
    std::vector<std::uint32_t> free_;
};

}  // namespace haas::bmcsim

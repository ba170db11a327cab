// What a BMC counts, and the sum over many; as JSON.
#pragma once

#include <cstdint>

#include "tools/bmcsim/machine.hpp"

namespace haas::bmcsim {

struct Counters {
    std::uint32_t in = 0;
    std::uint32_t out = 0;
    std::uint32_t lost_in = 0;
    std::uint32_t lost_out = 0;
    std::uint32_t duplicated_in = 0;
    std::uint32_t duplicated_out = 0;
    std::uint32_t reordered_in = 0;
    std::uint32_t reordered_out = 0;
    // Datagrams that came and were dropped
    std::uint32_t silent = 0;  // dead, rebooting, hung, without a link
    std::uint32_t overrun = 0;
    std::uint32_t malformed = 0;
    std::uint32_t unknown_session = 0;
    std::uint32_t unprotected = 0;  // without the integrity or encryption that the session has
    std::uint32_t bad_mac = 0;
    std::uint32_t replays = 0;
    std::uint32_t outside_window = 0;
    // Sessions
    std::uint32_t logins_refused = 0;  // Open Session or RAKP with a status other than 0
    std::uint32_t no_slot = 0;         // of these, for want of a free session
    std::uint32_t sessions_opened = 0;
    std::uint32_t sessions_closed = 0;
    std::uint32_t sessions_expired = 0;
    // Commands inside sessions
    std::uint32_t commands = 0;
    std::uint32_t repeated_rqseq = 0;
    std::array<std::uint32_t, control_count> controls{};  // answered 00 and performed
    std::uint32_t controls_refused = 0;
    std::uint32_t controls_ignored = 0;  // answered 00 and not performed
    std::uint32_t reboots = 0;
    // Serial over LAN, in characters
    std::uint32_t sol_in = 0;
    std::uint32_t sol_out = 0;
    std::uint32_t sol_out_of_sequence = 0;
    std::uint32_t sol_breaks = 0;
    std::uint32_t sol_lost = 0;  // written by the machine, and never acknowledged

    Counters& operator+=(const Counters& other) noexcept;
};

// Calls visit(name, member pointer) for each plain counter; `controls` is apart.
struct CounterName {
    const char* name;
    std::uint32_t Counters::* counter;
};
std::span<const CounterName> counter_names() noexcept;

}  // namespace haas::bmcsim

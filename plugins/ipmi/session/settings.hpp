// What one handshake asks for, and how long a session waits for an answer.
#pragma once

#include <chrono>
#include <cstdint>

#include "plugins/ipmi/session/quirks.hpp"
#include "plugins/ipmi/wire/algorithms.hpp"

namespace haas::ipmi {

// Time points come in from whoever owns a clock; nothing in session/ ever asks for the time.
using Time = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

// A setting of waiting: small, because each of ten thousand sessions has its own.
using Wait = std::chrono::duration<std::uint32_t, std::milli>;

// Worth remembering per BMC when a handshake with them succeeded.
struct HandshakeSettings {
    CipherSuite suite = CipherSuite::suite_17;
    Privilege privilege = Privilege::administrator;               // in RAKP 1
    Privilege open_session_privilege = Privilege::administrator;  // the same, or `highest` (0) for BMCs that want it
    bool name_only_lookup = true;
    Quirks quirks;

    friend bool operator==(const HandshakeSettings&, const HandshakeSettings&) = default;
};

// Waits end on ticks that all sessions share, where that does not bend them: what a hundred dead BMCs are waited for is then
// over in a few instants, and a loop is not woken up a hundred times.
using Tick = std::chrono::duration<std::int64_t, std::ratio<1, 16>>;

// Each wait gets up to a quarter of itself on top, at random, so that a thousand BMCs are not asked in one instant: of a
// second's wait that leaves four ticks, of half a second's one or two.
struct Timing {
    // Each Open Session request may leave a half-open session on the BMC, so it is repeated rarely.
    Wait open_session_wait = std::chrono::seconds(1);
    Wait open_session_growth = std::chrono::milliseconds(0);
    std::uint8_t open_session_sends = 3;
    // RAKP messages are never repeated: the BMC's state has moved on, and most answer a duplicate with an error.  A lost
    // one costs a new handshake, so it is not waited for longer than this BMC gives reason to: some times what its
    // answer before took, up to rakp_wait, and rakp_least at least.  Many times, because RAKP costs a BMC cryptography and a look at its users,
    // which Open Session does not.  Where Open Session was repeated nobody knows what it took, and the most is waited
    // (as in RFC 6298 section 3).
    Wait rakp_least = std::chrono::milliseconds(500);
    Wait rakp_wait = std::chrono::seconds(2);
    std::uint8_t rakp_round_trips = 8;
    // Of a request that may be carried out twice.  One that may not (Repeat::identical) is sent once: what comes next is
    // for the caller to find out.
    Wait command_wait = std::chrono::seconds(1);
    Wait command_growth = std::chrono::milliseconds(500);
    std::uint8_t command_sends = 4;
    // A Close that gets no answer to its repeat counts as closed; where no answer has ever come, it is repeated once more.
    Wait close_wait = std::chrono::milliseconds(500);
    std::uint8_t close_sends = 2;
};

}  // namespace haas::ipmi

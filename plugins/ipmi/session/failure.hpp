// Why a handshake ended without a session: what the caller must know to choose the next one.
#pragma once

#include <cstdint>

#include "plugins/ipmi/wire/algorithms.hpp"

namespace haas::ipmi {

struct HandshakeFailure {
    // The answer that was awaited.
    enum class Stage : std::uint8_t { open_session, rakp2, rakp4 };

    enum class Reason : std::uint8_t {
        cipher,         // the BMC refused the suite, or answered with other algorithms than proposed
        privilege,      // it refused the privilege level (role), or the suite in the guise of one
        hmac_mismatch,  // RAKP 2: made with another password (or, on some BMCs, another privilege level)
        icv_mismatch,   // RAKP 4: the password was right, Kg was not
        refused,        // it says that name or password is wrong; not authenticated, so anybody could have said it
        busy,           // no session slot or other resource left
        stale,          // it does not know the session of this handshake (any more): start anew
        protocol,       // the answer makes no sense
        silence,        // no answer
    };

    Stage stage = Stage::open_session;
    Reason reason = Reason::silence;
    // What the BMC said: an RMCP+ status, or for a payload of a single byte the completion code in it; 0 where it
    // refused nothing.
    std::uint8_t status = 0;

    friend bool operator==(const HandshakeFailure&, const HandshakeFailure&) = default;
};

}  // namespace haas::ipmi

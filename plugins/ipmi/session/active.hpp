// The states of a session after its handshake: active with at most one request in flight, then closing.
// IPMI 2.0 section 6.12; matching of answers: section 5.3 and 13.8.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "plugins/ipmi/command/request.hpp"
#include "plugins/ipmi/session/channel.hpp"
#include "plugins/ipmi/session/settings.hpp"

namespace haas::ipmi {

// A request in flight.
struct Pending {
    Request request;
    std::uint8_t rq_seq = 0;  // of the first send
    unsigned sends = 0;
    Time deadline;
    Bytes datagram;  // kept only where a repeat must be identical
};

struct Active {
    Channel channel;
    std::optional<Pending> pending;
    std::unique_ptr<Pending> parked{};  // rarely there: see NoAnswer
    std::uint32_t sol_sent = 0;
    std::uint32_t sol_received = 0;
};

struct Closing {
    Channel channel;
    Pending pending;  // Close Session
};

// Failed or closed: keys and secrets are gone.
struct Over {};

}  // namespace haas::ipmi

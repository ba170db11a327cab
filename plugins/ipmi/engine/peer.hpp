// The BMC behind one address, for all the accounts that talk to it: whose turn it is, and when the last command was.
// Names that lead to one address, and several accounts of one BMC, meet here and nowhere else.  Knows no session.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "plugins/ipmi/engine/endpoint.hpp"
#include "plugins/ipmi/session/settings.hpp"

namespace haas::ipmi {

class Bmc;

class Peer {
public:
    explicit Peer(const Endpoint& endpoint) : endpoint_(endpoint) {}

    const Endpoint& endpoint() const noexcept { return endpoint_; }

    // Whoever talks to this BMC is a guest as long as it does.
    void enter(Bmc& guest);
    // False: there are others still.
    bool leave(Bmc& guest);
    std::span<Bmc* const> guests() const noexcept { return guests_; }

    // One exchange at a time: a BMC need not bear more (ipmipower serializes what goes to one host for this reason).
    // True: it is this guest's turn, now or still.  False: it is in the line.
    bool take_turn(Bmc& guest);
    // Gives the turn on, or the place in the line; harmless without either.  The guest whose turn it has become.
    Bmc* end_turn(Bmc& guest);
    // Whose turn it is.
    Bmc* holder() const noexcept { return line_.empty() ? nullptr : line_.front(); }

    Time last_command{};
    // The power state, and when it was seen; forgotten with every verb that is sent to this BMC.
    struct PowerSeen {
        bool on = false;
        Time at{};
    };
    std::optional<PowerSeen> power;

private:
    Endpoint endpoint_;
    std::vector<Bmc*> guests_;
    std::vector<Bmc*> line_;  // the first has its turn
};

}  // namespace haas::ipmi

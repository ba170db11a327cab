// The wire between the socket and the BMCs, and all that goes wrong on it: latency, loss, duplication, reordering.
// It knows no payload.
#pragma once

#include "tools/bmcsim/fleet.hpp"
#include "tools/bmcsim/schedule.hpp"

namespace haas::bmcsim {

// Where datagrams leave the simulator; `from` is the BMC's address.
class Wire {
public:
    virtual void transmit(std::uint32_t from, Peer to, Octets datagram) = 0;

protected:
    ~Wire() = default;
};

class Link final : public Outbox {
public:
    Link(Fleet& fleet, Wire& wire, Crypto& crypto) : fleet_(fleet), wire_(wire), crypto_(crypto) {}

    // A datagram for BMC `number` came out of the socket.
    void arrive(std::uint32_t number, Peer from, Octets datagram, Time now);
    // Handles all that has waited until now.
    void run_due(Time now);
    Time next_due() const noexcept { return schedule_.next_due(); }

    void send(Bmc& from, Peer to, Octets datagram) override;

private:
    void carry(Bmc& bmc, Peer from, Octets datagram);
    void hand_over(Bmc& bmc, Peer from, Octets datagram);
    void plan_serial(Bmc& bmc);

    Fleet& fleet_;
    Wire& wire_;
    Crypto& crypto_;
    Schedule schedule_;
    Time now_{};
};

}  // namespace haas::bmcsim

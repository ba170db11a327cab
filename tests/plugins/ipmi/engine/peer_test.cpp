#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/engine/simulation.hpp"

using namespace haas::ipmi;

TEST_CASE("A peer gives its turn to one guest at a time, in the order in which they asked") {
    Simulation sim;
    Bmc& second = sim.add(target_of("10.0.0.5", "password", "second"));
    Bmc& third = sim.add(target_of("10.0.0.5", "password", "third"));
    Peer peer(*numeric_endpoint(std::get<HostName>(parse_host("10.0.0.5"))));
    CHECK(peer.holder() == nullptr);
    CHECK(peer.take_turn(sim.bmc));
    CHECK(peer.take_turn(sim.bmc));
    CHECK_FALSE(peer.take_turn(third));
    CHECK_FALSE(peer.take_turn(second));
    CHECK_FALSE(peer.take_turn(third));
    CHECK(peer.holder() == &sim.bmc);
    // Leaving the line changes nothing for the others.
    CHECK(peer.end_turn(second) == nullptr);
    CHECK(peer.end_turn(sim.bmc) == &third);
    CHECK(peer.take_turn(third));
    CHECK(peer.end_turn(sim.bmc) == nullptr);
    CHECK(peer.end_turn(third) == nullptr);
    CHECK(peer.holder() == nullptr);
}

TEST_CASE("A peer knows its guests, each once, and says when the last has left") {
    Simulation sim;
    Bmc& second = sim.add(target_of("10.0.0.5"));
    Peer peer(*numeric_endpoint(std::get<HostName>(parse_host("10.0.0.5"))));
    peer.enter(sim.bmc);
    peer.enter(sim.bmc);
    peer.enter(second);
    CHECK(peer.guests().size() == 2);
    CHECK_FALSE(peer.leave(sim.bmc));
    CHECK(peer.leave(second));
}

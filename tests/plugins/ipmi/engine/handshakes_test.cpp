#include <catch2/catch.hpp>

#include "plugins/ipmi/engine/handshakes.hpp"
#include "tests/plugins/ipmi/engine/simulation.hpp"

using namespace haas::ipmi;
using namespace std::chrono_literals;

namespace {

constexpr bool silent = true;
constexpr bool lull = true;
const Time start{1h};

struct Three {
    Simulation sim;
    Bmc& a = sim.add(target_of("10.0.0.1"));
    Bmc& b = sim.add(target_of("10.0.0.2"));
    Bmc& c = sim.add(target_of("10.0.0.3"));
};

}  // namespace

TEST_CASE("So many shake hands at once, in the order in which they asked") {
    Three bmcs;
    Handshakes handshakes(2, 100ms);
    for (Bmc* one : {&bmcs.c, &bmcs.a, &bmcs.b, &bmcs.a}) handshakes.await(*one, !silent, start);
    CHECK(handshakes.next() == &bmcs.c);
    CHECK(handshakes.next() == &bmcs.a);
    CHECK(handshakes.next() == nullptr);
    CHECK_FALSE(handshakes.has_next());
    handshakes.over(bmcs.c);
    CHECK(handshakes.has_next());
    CHECK(handshakes.next() == &bmcs.b);
    handshakes.over(bmcs.a);
    // It asked twice before its turn, which was once.
    CHECK(handshakes.next() == nullptr);
    CHECK_FALSE(handshakes.wants_lull());
}

TEST_CASE("Who has left the line has no turn, and may line up again") {
    Three bmcs;
    Handshakes handshakes(10, 100ms);
    handshakes.await(bmcs.a, !silent, start);
    handshakes.await(bmcs.b, silent, start);
    handshakes.over(bmcs.a);
    handshakes.over(bmcs.b);
    CHECK_FALSE(handshakes.has_next());
    CHECK(handshakes.next() == nullptr);
    CHECK(handshakes.next_silent(start, lull) == nullptr);
    CHECK_FALSE(handshakes.wants_lull());
    handshakes.await(bmcs.a, !silent, start);
    CHECK(handshakes.next() == &bmcs.a);
    CHECK(handshakes.next() == nullptr);
}

TEST_CASE("Those that were silent wait for a lull, but not for ever, and not for each other") {
    Three bmcs;
    Handshakes handshakes(10, 100ms);
    handshakes.await(bmcs.a, silent, start);
    handshakes.await(bmcs.b, silent, start + 60ms);
    handshakes.await(bmcs.c, !silent, start + 70ms);
    CHECK(handshakes.wants_lull());
    CHECK(handshakes.next() == &bmcs.c);
    CHECK(handshakes.next_silent(start + 99ms, !lull) == nullptr);
    CHECK(handshakes.next_silent(start + 100ms, !lull) == &bmcs.a);
    CHECK(handshakes.next_silent(start + 100ms, !lull) == nullptr);
    CHECK(handshakes.wants_lull());
    CHECK(handshakes.next_silent(start + 101ms, lull) == &bmcs.b);
    CHECK_FALSE(handshakes.wants_lull());
}

TEST_CASE("A lull gives nobody a turn while all turns are taken") {
    Three bmcs;
    Handshakes handshakes(1, 100ms);
    handshakes.await(bmcs.a, !silent, start);
    handshakes.await(bmcs.b, silent, start);
    CHECK(handshakes.next() == &bmcs.a);
    CHECK_FALSE(handshakes.wants_lull());
    CHECK(handshakes.next_silent(start + 1s, lull) == nullptr);
    handshakes.over(bmcs.a);
    CHECK(handshakes.wants_lull());
    CHECK(handshakes.next_silent(start + 1s, lull) == &bmcs.b);
}

TEST_CASE("Who asks again has one turn, and is what it was when it asked last") {
    Three bmcs;
    Handshakes handshakes(10, 100ms);
    handshakes.await(bmcs.a, silent, start);
    handshakes.await(bmcs.a, !silent, start);
    handshakes.await(bmcs.b, !silent, start);
    handshakes.await(bmcs.b, silent, start);
    CHECK(handshakes.next() == &bmcs.a);
    CHECK(handshakes.next() == nullptr);
    CHECK(handshakes.next_silent(start, lull) == &bmcs.b);
    CHECK(handshakes.next_silent(start + 1s, lull) == nullptr);
}

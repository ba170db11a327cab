#include <catch2/catch.hpp>

#include "plugins/ipmi/engine/stragglers.hpp"
#include "tests/plugins/ipmi/engine/simulation.hpp"

using namespace haas::ipmi;
using namespace std::chrono_literals;

namespace {

constexpr bool lull = true;
const Time start{1h};

struct Two {
    Simulation sim;
    Bmc& a = sim.add(target_of("10.0.0.1"));
    Bmc& b = sim.add(target_of("10.0.0.2"));
    Stragglers stragglers{100ms};
};

}  // namespace

TEST_CASE("In a lull all who let the others go ahead have their turn, in the order in which they came") {
    Two bmcs;
    CHECK(bmcs.stragglers.empty());
    for (Bmc* one : {&bmcs.b, &bmcs.a, &bmcs.b}) bmcs.stragglers.await(*one, start);
    CHECK_FALSE(bmcs.stragglers.empty());
    CHECK(bmcs.stragglers.next(start, lull) == &bmcs.b);
    CHECK(bmcs.stragglers.next(start, lull) == &bmcs.a);
    // It came twice before its turn, which was once.
    CHECK(bmcs.stragglers.empty());
    CHECK(bmcs.stragglers.next(start, lull) == nullptr);
}

TEST_CASE("Without a lull each has its turn when it has waited for a tenth of a second") {
    Two bmcs;
    bmcs.stragglers.await(bmcs.a, start);
    bmcs.stragglers.await(bmcs.b, start + 40ms);
    CHECK(bmcs.stragglers.next(start + 99ms, !lull) == nullptr);
    CHECK(bmcs.stragglers.next(start + 100ms, !lull) == &bmcs.a);
    CHECK(bmcs.stragglers.next(start + 139ms, !lull) == nullptr);
    CHECK(bmcs.stragglers.next(start + 140ms, !lull) == &bmcs.b);
}

TEST_CASE("Who has left has no turn, and may come again") {
    Two bmcs;
    bmcs.stragglers.await(bmcs.a, start);
    bmcs.stragglers.leave(bmcs.a);
    bmcs.stragglers.leave(bmcs.b);
    CHECK(bmcs.stragglers.empty());
    CHECK(bmcs.stragglers.next(start + 1s, lull) == nullptr);
    bmcs.stragglers.await(bmcs.a, start + 1s);
    CHECK(bmcs.stragglers.next(start + 1s, lull) == &bmcs.a);
    CHECK(bmcs.stragglers.next(start + 1s, lull) == nullptr);
}

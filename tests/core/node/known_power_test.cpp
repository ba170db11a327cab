// What is known of power without asking: the last state that was seen, what is told of its changes, and polling for it.
#include <catch2/catch.hpp>

#include "core/node/registry.hpp"
#include "tests/core/node/house.hpp"

using namespace std::chrono_literals;
using haas::driver::Verb;
using haas::node::House;
using haas::node::KnownPower;
using haas::node::machine;
using haas::obm::Failure;
using haas::obm::Power;
using haas::obm::Status;
using Labels = std::vector<std::string>;

namespace {

haas::driver::Power state(const std::optional<KnownPower>& known) { return known.value().power; }

}  // namespace

// ---- The last known state -------------------------------------------------------------------------------------------

TEST_CASE("whoever reads the state leaves it for others, with its age") {
    House house;
    REQUIRE(house.add("n"));
    CHECK_FALSE(house.registry.known_power("n"));
    CHECK_FALSE(house.registry.known_power("nobody"));
    house.registry.power_status("n", house.note_state());
    house.loop.advance(90s);
    CHECK(state(house.registry.known_power("n")) == haas::driver::Power::off);
    CHECK(house.registry.known_power("n")->age == 90s);
    machine("n").mishaps["status"].push_back({Failure(Status::unreachable, "gone")});
    house.registry.power_status("n", house.note_state());
    house.loop.run();
    CHECK(house.registry.known_power("n")->age == 90s);  // a failure shows nothing
}

TEST_CASE("once a verb was sent, what was seen before is not the state any more") {
    House house;
    REQUIRE(house.add("n"));
    REQUIRE(house.power("n", {.verb = Verb::power_on}));
    CHECK_FALSE(house.registry.known_power("n"));
    REQUIRE(house.power("n", {.verb = Verb::power_on}));  // is so already: that was seen
    CHECK(state(house.registry.known_power("n")) == haas::driver::Power::on);
    SECTION("a reset does not change it") {
        REQUIRE(house.power("n", {.verb = Verb::reset}));
        CHECK(state(house.registry.known_power("n")) == haas::driver::Power::on);
    }
    SECTION("a verb that perhaps was carried out may have changed it") {
        machine("n").mishaps["power_cycle"].push_back({Failure(Status::timed_out, "no answer", haas::obm::Effect::unknown)});
        CHECK_FALSE(house.power("n", {.verb = Verb::power_cycle}));
        CHECK_FALSE(house.registry.known_power("n"));
    }
    SECTION("a verb that was refused has not") {
        machine("n").mishaps["power_off"].push_back({Failure(Status::busy, "busy")});
        CHECK_FALSE(house.power("n", {.verb = Verb::power_off}));
        CHECK(state(house.registry.known_power("n")) == haas::driver::Power::on);
    }
}

TEST_CASE("power events tell changes of what is known, and only those") {
    House house;
    REQUIRE(house.add("n"));
    house.power("n", {.verb = Verb::power_on});
    house.power("n", {.verb = Verb::power_on});
    for (int i = 0; i < 3; ++i) {
        house.registry.power_status("n", house.note_state());
        house.loop.run();
    }
    machine("n").power = Power::unknown;
    house.registry.power_status("n", house.note_state());
    house.loop.run();
    CHECK(house.told("power") == Labels{"n power=off", "n power=on was=off", "n power=unknown was=on"});
}

TEST_CASE("a driver that does not get through is told of once, and so is its return") {
    House house;
    REQUIRE(house.add("n"));
    for (int i = 0; i < 3; ++i) {
        machine("n").mishaps["status"].push_back({Failure(Status::unreachable, "n: no answer")});
        house.registry.power_status("n", house.note_state());
        house.loop.run();
    }
    machine("n").mishaps["status"].push_back({Failure(Status::busy, "n: all sessions are taken")});
    for (int i = 0; i < 3; ++i) {
        house.registry.power_status("n", house.note_state());
        house.loop.run();
    }
    CHECK(house.told("driver") == Labels{"n state=lost driver=test.scripted code=unreachable msg=n: no answer",
                                         "n state=found driver=test.scripted"});
}

// ---- Polling --------------------------------------------------------------------------------------------------------

TEST_CASE("polled nodes are asked once in each interval, and others are not") {
    House house({}, {.poll_interval = 60s});
    for (const char* label : {"a", "b", "c"}) REQUIRE(house.add(label));
    REQUIRE(house.add("unpolled", haas::node::bare_type));
    house.loop.advance(1000min);  // so long that chance evens out
    for (const char* label : {"a", "b", "c"}) {
        CHECK(machine(label).asked.size() >= 970);
        CHECK(machine(label).asked.size() <= 1030);
    }
    CHECK(machine("unpolled").asked.empty());
    CHECK(house.registry.known_power("a").has_value());
    machine("b").power = Power::on;
    house.loop.advance(80s);
    CHECK(house.told("power").back() == "b power=on was=off");
}

TEST_CASE("polling stays behind clients, and shares what it asks with them") {
    House house({}, {.poll_interval = 10s});
    REQUIRE(house.add("n"));
    machine("n").hold = true;
    house.registry.power("n", {.verb = Verb::power_on}, house.note_power());
    house.loop.advance(25s);
    CHECK(machine("n").asked == Labels{"status"});  // the client's
    machine("n").release();
    house.loop.advance(1ms);
    CHECK(house.outcomes.size() == 1);
    machine("n").hold = true;
    machine("n").asked.clear();
    house.loop.advance(13s);
    REQUIRE(machine("n").asked == Labels{"status"});  // the poller's
    house.registry.power_status("n", house.note_state());
    machine("n").release();
    house.loop.run();
    CHECK(house.states.size() == 1);
    CHECK(machine("n").asked == Labels{"status"});
}

TEST_CASE("nodes whose credentials were refused are not polled, until they have others") {
    House house({}, {.poll_interval = 10s});
    REQUIRE(house.add("n"));
    machine("n").mishaps["status"].push_back({Failure(Status::credentials, "password refused")});
    house.loop.advance(2min);
    CHECK(machine("n").asked.size() == 1);
    house.retry("n");
    house.loop.advance(1min);
    CHECK(machine("n").asked.size() > 4);
}

TEST_CASE("a silent BMC is polled less and less, an eighth at last, and as before when it is back") {
    House house({}, {.poll_interval = 10s});
    REQUIRE(house.add("n"));
    for (int i = 0; i < 1000; ++i) machine("n").mishaps["status"].push_back({Failure(Status::unreachable, "no answer")});
    house.loop.advance(10min);  // let it come to that
    machine("n").asked.clear();
    house.loop.advance(800s);
    CHECK(machine("n").asked.size() >= 8);
    CHECK(machine("n").asked.size() <= 12);
    machine("n").mishaps.clear();
    house.registry.power_status("n", house.note_state());
    machine("n").asked.clear();
    house.loop.advance(100s);
    CHECK(machine("n").asked.size() >= 8);
    CHECK(house.told("driver").size() == 2);
}

TEST_CASE("a daemon that stops polls no more") {
    House house({}, {.poll_interval = 1s});
    REQUIRE(house.add("n"));
    house.stop(5s);
    house.loop.advance(10s);
    CHECK(house.stopped);
    CHECK(machine("n").asked.empty());
}

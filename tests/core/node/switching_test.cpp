// Answers that are held until the goal is seen: design.md section 6, "accepted is not reached".
#include "core/node/switching.hpp"

#include <catch2/catch.hpp>

#include "tests/core/node/house.hpp"

using namespace std::chrono_literals;
using haas::driver::Verb;
using haas::node::House;
using haas::node::machine;
using haas::node::Machine;
using haas::node::PowerRequest;
using haas::node::Verdict;
using haas::obm::Failure;
using haas::obm::Power;
using haas::obm::Status;

namespace {

// It accepts the verb, and gets into the state only when the test says.
void obey_later(Machine& machine) { machine.obeys = false; }

}  // namespace

TEST_CASE("without wait, accepted is the answer; with wait, it comes when the state is reached") {
    House house;
    REQUIRE(house.add("n"));
    obey_later(machine("n"));
    house.registry.power("n", {.verb = Verb::power_on, .wait = 30s}, house.note_power());
    house.loop.advance(9s);
    CHECK(house.outcomes.empty());
    machine("n").power = Power::on;
    house.loop.advance(1s);
    REQUIRE(house.outcomes.size() == 1);
    CHECK(house.outcomes.front().value().verdict == Verdict::reached);
    CHECK(house.outcomes.front().value().power == haas::driver::Power::on);
    CHECK(machine("n").count("power_on") == 1);
}

TEST_CASE("a state that is not reached in time is accepted, no more") {
    House house;
    REQUIRE(house.add("n"));
    obey_later(machine("n"));
    house.registry.power("n", {.verb = Verb::power_on, .wait = 30s}, house.note_power());
    house.loop.advance(29s);
    CHECK(house.outcomes.empty());
    house.loop.advance(2s);
    REQUIRE(house.outcomes.size() == 1);
    CHECK(house.outcomes.front().value().verdict == Verdict::accepted);
    CHECK(house.outcomes.front().value().power == haas::driver::Power::off);
    CHECK(machine("n").count("power_on") == 1);
}

TEST_CASE("a change that was answered as reached is not under way any more") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").power = Power::on;
    house.registry.power("n", {.verb = Verb::power_off, .wait = 5s}, house.note_power());
    house.loop.advance(1s);
    REQUIRE(house.outcomes.size() == 1);
    REQUIRE(house.outcomes.front().value().verdict == Verdict::reached);
    machine("n").power = Power::on;  // somebody presses the button
    house.registry.power("n", {.verb = Verb::power_cycle}, house.note_power());
    house.loop.advance(1ms);
    REQUIRE(house.outcomes.size() == 2);
    CHECK(house.outcomes.back().value().sent == Verb::power_cycle);
}

TEST_CASE("what is so already is reached") {
    House house;
    REQUIRE(house.add("n"));
    const auto off = house.power("n", {.verb = Verb::power_off, .wait = 30s});
    CHECK(off.value().verdict == Verdict::reached);
    CHECK_FALSE(off.value().sent);
    CHECK(off.value().power == haas::driver::Power::off);
}

TEST_CASE("others are served while one answer is held") {
    House house;
    REQUIRE(house.add("n"));
    obey_later(machine("n"));
    house.registry.power("n", {.verb = Verb::power_on, .wait = 60s}, house.note_power());
    house.loop.advance(5s);
    house.registry.power_status("n", house.note_state());
    house.loop.advance(10ms);
    CHECK(house.states.size() == 1);
}

TEST_CASE("a cycle is reached when it was seen off and on again, and unverifiable when it was not") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").power = Power::on;
    SECTION("seen") {
        house.registry.power("n", {.verb = Verb::power_cycle, .wait = 30s}, house.note_power());
        house.loop.advance(10ms);
        machine("n").power = Power::off;
        house.loop.advance(1s);
        CHECK(house.outcomes.empty());
        machine("n").power = Power::on;
        house.loop.advance(1s);
        REQUIRE(house.outcomes.size() == 1);
        CHECK(house.outcomes.front().value().verdict == Verdict::reached);
    }
    SECTION("not seen") {
        const auto cycle = house.power("n", {.verb = Verb::power_cycle, .wait = 20s});
        CHECK(cycle.value().verdict == Verdict::unverifiable);
    }
    SECTION("still off at the end") {
        house.registry.power("n", {.verb = Verb::power_cycle, .wait = 20s}, house.note_power());
        house.loop.advance(10ms);
        machine("n").power = Power::off;
        house.loop.advance(21s);
        REQUIRE(house.outcomes.size() == 1);
        CHECK(house.outcomes.front().value().verdict == Verdict::accepted);
    }
    SECTION("a reset leaves no trace") {
        const auto reset = house.power("n", {.verb = Verb::reset, .wait = 20s});
        CHECK(reset.value().verdict == Verdict::unverifiable);
        CHECK(reset.value().power == haas::driver::Power::on);
    }
    CHECK(machine("n").count("power_cycle") + machine("n").count("reset") == 1);
}

TEST_CASE("a BMC that is silent after the verb is looked at again") {
    House house;
    REQUIRE(house.add("n"));
    const auto lost = Failure(Status::unreachable, "link down");
    machine("n").on_request = [lost](Machine& self, const std::string& request) {
        if (request == "power_on") self.mishaps["status"] = {{lost}, {lost}, {lost}};
    };
    const auto on = house.power("n", {.verb = Verb::power_on, .wait = 30s});
    CHECK(on.value().verdict == Verdict::reached);
}

TEST_CASE("a soft off that is followed is not forced, one that is not is") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").power = Power::on;
    const PowerRequest request{.verb = Verb::soft_off, .force_after = 10s};
    SECTION("followed") {
        const auto off = house.power("n", request);
        CHECK(off.value().sent == Verb::soft_off);
        CHECK(off.value().verdict == Verdict::reached);
        CHECK(machine("n").count("power_off") == 0);
    }
    SECTION("ignored") {
        machine("n").on_request = [](Machine& self, const std::string& request_) { self.obeys = request_ != "soft_off"; };
        house.registry.power("n", request, house.note_power());
        house.loop.advance(9s);
        CHECK(house.outcomes.empty());
        CHECK(machine("n").count("power_off") == 0);
        house.loop.advance(5s);
        REQUIRE(house.outcomes.size() == 1);
        CHECK(house.outcomes.front().value().sent == Verb::power_off);
        CHECK(house.outcomes.front().value().verdict == Verdict::reached);
        CHECK(machine("n").count("soft_off") == 1);
        CHECK(machine("n").count("power_off") == 1);
    }
    SECTION("ignored, and the hard one fails") {
        machine("n").on_request = [](Machine& self, const std::string& request_) { self.obeys = request_ != "soft_off"; };
        machine("n").mishaps["power_off"].push_back({Failure(Status::privilege, "not allowed")});
        const auto off = house.power("n", request);
        CHECK(off.error().code == haas::Errc::privilege);
        CHECK(off.error().message == "the soft off was not followed, and forcing it failed: not allowed");
    }
}

TEST_CASE("a soft off that is given up is not forced any more") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").power = Power::on;
    machine("n").obeys = false;
    haas::node::Ticket ticket =
        house.registry.power("n", {.verb = Verb::soft_off, .wait = 30s, .force_after = 10s}, house.note_power());
    SECTION("while it is waited for") {
        house.loop.advance(5s);
        ticket.abandon();
        CHECK(house.outcomes.size() == 1);  // who has no right any more hears no more
    }
    SECTION("while the verb that forces it waits for its turn") {
        // During the last look somebody asks for something else, which does not end.
        const auto end = house.loop.now() + 10s;
        machine("n").on_request = [&](Machine& self, const std::string& request) {
            if (request != "status" || house.loop.now() < end) return;
            house.registry.boot_device("n", [](const auto&) {});
            self.on_request = [](Machine& busy, const std::string&) { busy.hold = true; };
        };
        house.loop.advance(11s);
        REQUIRE(machine("n").held.size() == 1);
        CHECK(house.outcomes.empty());
        ticket.abandon();
        CHECK(house.outcomes.size() == 1);
        machine("n").on_request = nullptr;
        machine("n").release();
    }
    house.loop.advance(60s);
    REQUIRE(house.outcomes.size() == 1);
    CHECK(house.outcomes.front().value().verdict == Verdict::accepted);
    CHECK(house.outcomes.front().value().sent == Verb::soft_off);
    CHECK(house.outcomes.front().value().power == haas::driver::Power::on);
    CHECK(machine("n").count("power_off") == 0);
}

TEST_CASE("always sends on or off even when the state says that it is done") {
    House house;
    REQUIRE(house.add("n"));
    CHECK(house.power("n", {.verb = Verb::power_off, .always = true}).value().sent == Verb::power_off);
    machine("n").power = Power::on;
    CHECK(house.power("n", {.verb = Verb::power_on, .always = true}).value().sent == Verb::power_on);
}

TEST_CASE("a node that is deleted while an answer is held ends the wait") {
    House house;
    REQUIRE(house.add("n"));
    obey_later(machine("n"));
    house.registry.power("n", {.verb = Verb::power_on, .wait = 60s}, house.note_power());
    house.loop.advance(2s);
    house.registry.remove("n", [](const haas::Result<void>&) {});
    house.loop.advance(1s);
    REQUIRE(house.outcomes.size() == 1);
    CHECK(house.outcomes.front().value().verdict == Verdict::accepted);
}

TEST_CASE("a request that fails is answered at once, wait or not") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").mishaps["power_on"].push_back({Failure(Status::busy, "no session free")});
    house.registry.power("n", {.verb = Verb::power_on, .wait = 60s}, house.note_power());
    house.loop.advance(1s);
    REQUIRE(house.outcomes.size() == 1);
    CHECK(house.outcomes.front().error().code == haas::Errc::busy);
}

TEST_CASE("a node that somebody else has switched meanwhile is not forced off") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").power = Power::on;
    house.registry.power("n", {.verb = Verb::soft_off, .force_after = 40s}, house.note_power());
    machine("n").obeys = false;
    house.loop.advance(31s);  // by now it is looked at every two seconds
    machine("n").power = Power::off;
    machine("n").obeys = true;
    house.registry.power("n", {.verb = Verb::power_on}, house.note_power());  // between two looks
    house.loop.advance(60s);
    REQUIRE(house.outcomes.size() == 2);
    CHECK(machine("n").count("power_off") == 0);
    CHECK(machine("n").power == Power::on);
    CHECK(house.outcomes.back().value().verdict == Verdict::accepted);
}

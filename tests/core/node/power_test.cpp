// The rules of design.md section 6: status first, nothing twice that must not be, a credential failure is final.
#include "core/node/power.hpp"

#include <catch2/catch.hpp>

#include "tests/core/node/house.hpp"

using namespace std::chrono_literals;
using haas::Effect;
using haas::Errc;
using haas::driver::Verb;
using haas::node::House;
using haas::node::machine;
using haas::node::Machine;
using haas::node::PowerRequest;
using haas::obm::Failure;
using haas::obm::Final;
using haas::obm::Power;
using haas::obm::Status;
using Asked = std::vector<std::string>;

namespace {

constexpr PowerRequest on{.verb = Verb::power_on};
constexpr PowerRequest off{.verb = Verb::power_off};
constexpr PowerRequest soft_off{.verb = Verb::soft_off};
constexpr PowerRequest reset{.verb = Verb::reset};
constexpr PowerRequest cycle{.verb = Verb::power_cycle};
constexpr PowerRequest haas_cycle{.verb = Verb::power_cycle, .pxe_first = true};

Machine::Mishap lost(bool obeyed) { return {Failure(Status::timed_out, "no answer", haas::obm::Effect::unknown), obeyed}; }

}  // namespace

TEST_CASE("what is already so is not sent") {
    House house;
    REQUIRE(house.add("n"));
    CHECK_FALSE(house.power("n", off).value().sent);
    CHECK_FALSE(house.power("n", soft_off).value().sent);
    CHECK(machine("n").asked == Asked{"status", "status"});
    machine("n").power = Power::on;
    CHECK_FALSE(house.power("n", on).value().sent);
    CHECK(machine("n").count("power_on") == 0);
}

TEST_CASE("a verb follows the status") {
    House house;
    REQUIRE(house.add("n"));
    CHECK(house.power("n", on).value().sent == Verb::power_on);
    CHECK(house.power("n", reset).value().sent == Verb::reset);
    CHECK(house.power("n", cycle).value().sent == Verb::power_cycle);
    CHECK(house.power("n", soft_off).value().sent == Verb::soft_off);
    CHECK(machine("n").asked == Asked{"status", "power_on", "status", "reset", "status", "power_cycle", "status", "soft_off"});
}

TEST_CASE("an off node that is cycled or reset is switched on") {
    House house;
    REQUIRE(house.add("n"));
    SECTION("cycle") { CHECK(house.power("n", cycle).value().sent == Verb::power_on); }
    SECTION("reset") { CHECK(house.power("n", reset).value().sent == Verb::power_on); }
    CHECK(machine("n").asked == Asked{"status", "power_on"});
}

TEST_CASE("an unknown state is not taken for off") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").power = Power::unknown;
    CHECK(house.power("n", off).value().sent == Verb::power_off);
    machine("n").power = Power::unknown;
    CHECK(house.power("n", cycle).value().sent == Verb::power_cycle);
}

TEST_CASE("force resets instead of cycling, as in HIL") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").power = Power::on;
    CHECK(house.power("n", {.verb = Verb::power_cycle, .force = true}).value().sent == Verb::reset);
}

TEST_CASE("HaaS's cycle sets PXE once first, whether that works or not") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").power = Power::on;
    SECTION("it works") {
        CHECK(house.power("n", haas_cycle).value().sent == Verb::power_cycle);
        CHECK(machine("n").boot == "pxe");
        CHECK_FALSE(machine("n").boot_persistent);
    }
    SECTION("the BMC has no boot options") {
        machine("n").mishaps["boot"].push_back({Failure(Status::unsupported, "no boot options")});
        CHECK(house.power("n", haas_cycle).value().sent == Verb::power_cycle);
    }
    SECTION("a privilege level that is refused for good is not tried again by the next step") {
        machine("n").mishaps["boot"].push_back({Failure(Status::privilege, "no such level", haas::obm::Effect::none, Final::yes)});
        CHECK(house.power("n", haas_cycle).error().code == Errc::privilege);
        CHECK(machine("n").count("status") == 0);
    }
    SECTION("a password that is refused is not tried again by the next step") {
        machine("n").mishaps["boot"].push_back({Failure(Status::credentials, "password refused")});
        CHECK(house.power("n", haas_cycle).error().code == Errc::credentials_rejected);
        CHECK(machine("n").asked == Asked{"boot pxe once"});
    }
}

TEST_CASE("a credential failure is final: cycle does not fall through to on") {
    House house;
    REQUIRE(house.add("n"));
    for (const PowerRequest& request : {on, off, cycle, reset, soft_off}) {
        machine("n").asked.clear();
        machine("n").mishaps["status"].push_back({Failure(Status::credentials, "password refused")});
        CHECK(house.power("n", request).error().code == Errc::credentials_rejected);
        CHECK(machine("n").asked == Asked{"status"});
        house.retry("n");
    }
    machine("n").power = Power::on;
    machine("n").asked.clear();
    machine("n").mishaps["power_cycle"].push_back({Failure(Status::credentials, "password refused")});
    CHECK(house.power("n", cycle).error().code == Errc::credentials_rejected);
    CHECK(machine("n").asked == Asked{"status", "power_cycle"});
}

TEST_CASE("a reset or cycle whose answer was lost is never sent twice") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").power = Power::on;
    for (const auto& [request, verb] : {std::pair(reset, "reset"), std::pair(cycle, "power_cycle")}) {
        for (const bool obeyed : {false, true}) {
            machine("n").asked.clear();
            machine("n").mishaps[verb].push_back(lost(obeyed));
            const auto result = house.power("n", request);
            CHECK(result.error().effect == Effect::unknown);
            CHECK(machine("n").count(verb) == 1);
            CHECK(machine("n").count("power_on") == 0);
        }
    }
}

TEST_CASE("on or off whose answer was lost: a fresh status settles it") {
    House house;
    REQUIRE(house.add("n"));
    SECTION("it was carried out") {
        machine("n").mishaps["power_on"].push_back(lost(true));
        CHECK(house.power("n", on).value().sent == Verb::power_on);
        CHECK(machine("n").asked == Asked{"status", "power_on", "status"});
    }
    SECTION("it was not, or not yet: nobody knows, and it is not sent twice") {
        machine("n").mishaps["power_on"].push_back(lost(false));
        CHECK(house.power("n", on).error().effect == Effect::unknown);
        CHECK(machine("n").asked == Asked{"status", "power_on", "status"});
    }
    SECTION("the status does not come either: nobody knows") {
        machine("n").mishaps["power_on"].push_back(lost(false));
        machine("n").on_request = [](Machine& self, const std::string& request) {
            if (request == "power_on") self.mishaps["status"].push_back({Failure(Status::unreachable, "gone")});
        };
        CHECK(house.power("n", on).error().effect == Effect::unknown);
        CHECK(machine("n").count("power_on") == 1);
    }
}

TEST_CASE("a soft off whose answer was lost is not pressed again") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").power = Power::on;
    machine("n").mishaps["soft_off"].push_back(lost(false));
    CHECK(house.power("n", soft_off).error().effect == Effect::unknown);
    CHECK(machine("n").count("soft_off") == 1);
}

TEST_CASE("a refusal for the machine's state is looked into once") {
    House house;
    REQUIRE(house.add("n"));
    SECTION("off of a node that went off meanwhile is success") {
        machine("n").power = Power::on;
        machine("n").mishaps["power_off"].push_back({Failure(Status::state, "D5h"), true});
        CHECK_FALSE(house.power("n", off).value().sent);
    }
    SECTION("cycle of a node that went off meanwhile switches it on") {
        machine("n").power = Power::unknown;
        machine("n").mishaps["power_cycle"].push_back({Failure(Status::state, "D5h")});
        house.registry.power("n", cycle, house.note_power());
        machine("n").hold = true;
        house.loop.advance(1ms);
        machine("n").release();
        machine("n").power = Power::off;
        house.loop.advance(1s);
        REQUIRE(house.outcomes.size() == 1);
        CHECK(house.outcomes.front().value().sent == Verb::power_on);
        CHECK(machine("n").asked == Asked{"status", "power_cycle", "status", "power_on"});
    }
    SECTION("a reset refused while on stays refused") {
        machine("n").power = Power::on;
        machine("n").mishaps["reset"].push_back({Failure(Status::state, "D5h")});
        CHECK(house.power("n", reset).error().code == Errc::state);
        CHECK(machine("n").count("reset") == 1);
    }
}

TEST_CASE("after an accepted cycle, off is not believed until the node was on again") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").power = Power::on;
    REQUIRE(house.power("n", cycle));
    house.outcomes.clear();
    REQUIRE(house.power("n", cycle));  // a minute later the first one has long settled
    machine("n").asked.clear();
    house.outcomes.clear();

    machine("n").power = Power::on;
    house.registry.power("n", cycle, house.note_power());
    house.loop.advance(1ms);
    machine("n").power = Power::off;  // the cycle's own off phase
    SECTION("off waits for the node to be on, and then switches it off") {
        house.registry.power("n", off, house.note_power());
        house.loop.advance(1200ms);
        CHECK(house.outcomes.size() == 1);
        machine("n").power = Power::on;
        house.loop.advance(500ms);
        REQUIRE(house.outcomes.size() == 2);
        CHECK(house.outcomes.back().value().sent == Verb::power_off);
    }
    SECTION("a reset is a reset, not a power on") {
        house.registry.power("n", reset, house.note_power());
        house.loop.advance(700ms);
        machine("n").power = Power::on;
        house.loop.advance(500ms);
        REQUIRE(house.outcomes.size() == 2);
        CHECK(house.outcomes.back().value().sent == Verb::reset);
    }
    SECTION("a node that stays off is believed after a while") {
        house.registry.power("n", off, house.note_power());
        house.loop.advance(14s);
        CHECK(house.outcomes.size() == 1);
        house.loop.advance(2s);
        REQUIRE(house.outcomes.size() == 2);
        CHECK_FALSE(house.outcomes.back().value().sent);
    }
}

TEST_CASE("with dry_run the state is read and nothing is sent") {
    House house({.dry_run = true});
    REQUIRE(house.add("n"));
    CHECK(house.power("n", haas_cycle));
    CHECK(machine("n").asked == Asked{"status"});
}

TEST_CASE("a driver without the capability says so, whatever the state") {
    House house;
    REQUIRE(house.add("n", haas::node::bare_type));
    const auto result = house.power("n", cycle);
    CHECK(result.error().code == Errc::unsupported);
    CHECK(result.error().message.find("test.bare") != std::string::npos);
    CHECK(house.power("n", {.verb = Verb::power_cycle, .force = true}));
    CHECK(house.power("n", on));
}

TEST_CASE("a slow machine is not taken for done: on after off waits for the off") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").power = Power::on;
    machine("n").obeys = false;  // accepts, and goes off when the test says
    house.registry.power("n", off, house.note_power());
    house.loop.advance(1ms);
    REQUIRE(house.outcomes.size() == 1);
    house.registry.power("n", on, house.note_power());
    house.loop.advance(3s);
    CHECK(house.outcomes.size() == 1);  // it reads on still, and is not believed
    CHECK(machine("n").count("power_on") == 0);
    machine("n").power = Power::off;
    house.loop.advance(1s);
    REQUIRE(house.outcomes.size() == 2);
    CHECK(house.outcomes.back().value().sent == Verb::power_on);
}

TEST_CASE("off after on waits for the on, and the same goal once more does not wait") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").obeys = false;
    house.registry.power("n", on, house.note_power());
    house.registry.power("n", on, house.note_power());
    house.loop.advance(1ms);
    CHECK(house.outcomes.size() == 2);
    house.registry.power("n", off, house.note_power());
    house.loop.advance(2s);
    CHECK(house.outcomes.size() == 2);
    machine("n").power = Power::on;
    house.loop.advance(1s);
    REQUIRE(house.outcomes.size() == 3);
    CHECK(house.outcomes.back().value().sent == Verb::power_off);
}

TEST_CASE("a hard off does not wait for a soft one") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").power = Power::on;
    machine("n").obeys = false;
    house.registry.power("n", soft_off, house.note_power());
    house.registry.power("n", off, house.note_power());
    house.loop.advance(1ms);
    REQUIRE(house.outcomes.size() == 2);
    CHECK(house.outcomes.back().value().sent == Verb::power_off);
}

TEST_CASE("a cycle that nobody knows the outcome of may still be at work") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").power = Power::on;
    machine("n").mishaps["power_cycle"].push_back(lost(true));
    house.registry.power("n", cycle, house.note_power());
    house.loop.advance(1ms);
    REQUIRE(house.outcomes.size() == 1);
    machine("n").power = Power::off;  // it was carried out
    house.registry.power("n", off, house.note_power());
    house.loop.advance(2s);
    CHECK(house.outcomes.size() == 1);
    machine("n").power = Power::on;
    house.loop.advance(1s);
    REQUIRE(house.outcomes.size() == 2);
    CHECK(house.outcomes.back().value().sent == Verb::power_off);
}

TEST_CASE("a node that does not settle within the deadline is left alone, and the answer says so") {
    House house({.deadline = 2s});
    REQUIRE(house.add("n"));
    machine("n").power = Power::on;
    machine("n").obeys = false;
    house.registry.power("n", cycle, house.note_power());
    house.loop.advance(1ms);
    machine("n").power = Power::off;
    house.registry.power("n", off, house.note_power());
    house.loop.advance(3s);
    REQUIRE(house.outcomes.size() == 2);
    CHECK(house.outcomes.back().error().code == Errc::timed_out);
    CHECK(house.outcomes.back().error().effect == Effect::none);
    CHECK(machine("n").count("power_off") == 0);
}

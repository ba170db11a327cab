// What is asked of nodes, and what is told of it: events, giving up, two names of one BMC, diagnosis.
#include <catch2/catch.hpp>

#include "core/node/registry.hpp"
#include "tests/core/node/house.hpp"

using namespace std::chrono_literals;
using haas::Effect;
using haas::Errc;
using haas::Result;
using haas::driver::DiagnoseReport;
using haas::driver::StepResult;
using haas::driver::Verb;
using haas::node::House;
using haas::node::machine;
using haas::node::Machine;
using haas::node::Ticket;
using haas::obm::Diagnosis;
using haas::obm::Failure;
using haas::obm::Power;
using haas::obm::Status;
using Labels = std::vector<std::string>;

namespace {

// Two nodes that are one machine, which says so.
struct Twins : House {
    Twins() {
        for (const char* label : {"a", "b"}) {
            haas::store::NodeRecord node = record(label);
            node.fields = {{"host", "twin"}};
            registry.add(std::move(node), [](const Result<void>& added) { REQUIRE(added); });
        }
        loop.run();
        machine("twin").address = "192.0.2.7:623";
    }
};

}  // namespace

// ---- Operations are told of -----------------------------------------------------------------------------------------

TEST_CASE("an operation is told of when it begins and when it ends, with whom and how") {
    House house;
    REQUIRE(house.add("n"));
    house.registry.power("n", {.verb = Verb::power_on}, house.note_power(), "ann");
    CHECK(house.told("operation") == Labels{"n operation=power_on who=ann phase=begun"});
    house.loop.run();
    house.registry.power("n", {.verb = Verb::power_on, .wait = 10s}, house.note_power(), "bob");
    house.loop.advance(1s);
    machine("n").mishaps["reset"].push_back({Failure(Status::timed_out, "no answer", haas::obm::Effect::unknown)});
    house.registry.power("n", {.verb = Verb::reset}, house.note_power(), "bob");
    machine("n").mishaps["boot"].push_back({Failure(Status::busy, "busy")});
    house.registry.set_boot_device("n", {"pxe", false}, [](const Result<void>&) {}, "ann");
    house.loop.run();
    const Labels told = house.told("operation");
    REQUIRE(told.size() == 8);
    CHECK(told[1] == "n operation=power_on who=ann phase=finished outcome=accepted sent=power_on ms=number");
    CHECK(told[3] == "n operation=power_on who=bob phase=finished outcome=reached ms=number");
    CHECK(told[6] == "n operation=reset who=bob phase=finished outcome=unknown code=timeout msg=no answer ms=number");
    CHECK(told[7] == "n operation=set_boot_device who=ann phase=finished outcome=failed code=busy msg=busy ms=number");
}

TEST_CASE("a dry run is told as one") {
    House house({.dry_run = true});
    REQUIRE(house.add("n"));
    house.power("n", {.verb = Verb::power_on});
    CHECK(house.told("operation").back() == "n operation=power_on who= phase=finished outcome=dry_run sent=power_on ms=number");
}

// ---- Giving up ------------------------------------------------------------------------------------------------------

TEST_CASE("what waits can be given up, and nothing is sent for it") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").hold = true;
    house.registry.power("n", {.verb = Verb::power_on}, house.note_power());
    const auto wait = GENERATE(0s, 60s);
    Ticket second = house.registry.power("n", {.verb = Verb::power_off, .wait = wait}, house.note_power());
    house.loop.run();
    second.abandon();
    REQUIRE(house.outcomes.size() == 1);
    CHECK(house.outcomes.front().error().code == Errc::cancelled);
    CHECK(house.outcomes.front().error().effect == Effect::none);
    machine("n").release();
    house.loop.advance(1s);
    second.abandon();
    CHECK(house.outcomes.size() == 2);
    CHECK(machine("n").asked == Labels{"status", "power_on"});
}

TEST_CASE("what has only looked so far can be given up, and what was sent cannot") {
    House house;
    REQUIRE(house.add("n"));
    const auto wait = GENERATE(0s, 60s);
    SECTION("the first look is under way") {
        machine("n").hold = true;
        Ticket ticket = house.registry.power("n", {.verb = Verb::power_on, .wait = wait}, house.note_power());
        house.loop.run();
        ticket.abandon();
        CHECK(machine("n").cancels == 1);
        machine("n").release();
        house.loop.advance(1s);
        REQUIRE(house.outcomes.size() == 1);
        CHECK(house.outcomes.front().error().code == Errc::cancelled);
        CHECK(house.outcomes.front().error().effect == Effect::none);
        CHECK(machine("n").asked == Labels{"status"});
    }
    SECTION("PXE is being chosen") {
        machine("n").hold = true;
        Ticket ticket = house.registry.power("n", {.verb = Verb::power_cycle, .pxe_first = true, .wait = wait}, house.note_power());
        house.loop.run();
        ticket.abandon();
        machine("n").release();
        house.loop.advance(1s);
        REQUIRE(house.outcomes.size() == 1);
        CHECK(house.outcomes.front().error().code == Errc::cancelled);
        CHECK(machine("n").asked == Labels{"boot pxe once"});
    }
    SECTION("it waits for the end of the verb before") {
        machine("n").obeys = false;
        house.registry.power("n", {.verb = Verb::power_on}, house.note_power());
        Ticket ticket = house.registry.power("n", {.verb = Verb::power_cycle, .wait = wait}, house.note_power());
        house.loop.advance(1200ms);
        REQUIRE(house.outcomes.size() == 1);
        ticket.abandon();
        house.loop.advance(1ms);
        REQUIRE(house.outcomes.size() == 2);
        CHECK(house.outcomes.back().error().code == Errc::cancelled);
        house.loop.advance(20s);
        CHECK(machine("n").count("power_cycle") + machine("n").count("power_on") == 1);
    }
    SECTION("the verb was sent") {
        machine("n").on_request = [](Machine& self, const std::string& request) { self.hold = request == "power_on"; };
        Ticket ticket = house.registry.power("n", {.verb = Verb::power_on, .wait = wait}, house.note_power());
        house.loop.run();
        ticket.abandon();
        CHECK(house.outcomes.empty());
        machine("n").release();
        house.loop.run();
        REQUIRE(house.outcomes.size() == 1);
        CHECK(house.outcomes.front().value().sent == Verb::power_on);
    }
}

TEST_CASE("a ticket of nothing gives nothing up") {
    House house;
    Ticket().abandon();
    house.registry.power("nobody", {.verb = Verb::power_on}, house.note_power()).abandon();
    CHECK(house.outcomes.size() == 1);
}

TEST_CASE("who shares a read gives up only its own part in it") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").hold = true;
    house.registry.power("n", {.verb = Verb::power_on}, house.note_power());
    Ticket first = house.registry.power_status("n", house.note_state());
    Ticket second = house.registry.power_status("n", house.note_state());
    first.abandon();
    first.abandon();
    REQUIRE(house.states.size() == 1);
    CHECK(house.states.front().error().code == Errc::cancelled);
    SECTION("the other is answered") {
        machine("n").release();
        house.loop.run();
        REQUIRE(house.states.size() == 2);
        CHECK(house.states.back() == haas::driver::Power::on);
    }
    SECTION("when the last one goes, nobody is asked") {
        second.abandon();
        CHECK(house.states.size() == 2);
        machine("n").release();
        house.loop.run();
        CHECK(machine("n").asked == Labels{"status", "power_on"});
    }
}

// ---- Two names of one BMC -------------------------------------------------------------------------------------------

TEST_CASE("a verb that is still at work is at work under every name of its BMC") {
    Twins house;
    machine("twin").power = Power::on;
    machine("twin").obeys = false;  // accepts, and goes off when the test says
    house.registry.power("a", {.verb = Verb::power_off}, house.note_power());
    house.loop.run();
    REQUIRE(house.outcomes.size() == 1);
    // The other name has never been asked: that it is the same BMC is known from its first answer on.
    house.registry.power("b", {.verb = Verb::power_on}, house.note_power());
    house.loop.advance(3s);
    CHECK(house.outcomes.size() == 1);  // it reads on still, and is not believed
    machine("twin").power = Power::off;
    house.loop.advance(1s);
    REQUIRE(house.outcomes.size() == 2);
    CHECK(house.outcomes.back().value().sent == Verb::power_on);
}

TEST_CASE("a soft off is not forced when somebody has switched under the other name") {
    Twins house;
    machine("twin").power = Power::on;
    house.registry.power("a", {.verb = Verb::soft_off, .force_after = 40s}, house.note_power());
    machine("twin").obeys = false;
    house.loop.advance(31s);  // by now it is looked at every two seconds
    machine("twin").power = Power::off;
    machine("twin").obeys = true;
    house.registry.power("b", {.verb = Verb::power_on}, house.note_power());  // between two looks
    house.loop.advance(60s);
    REQUIRE(house.outcomes.size() == 2);
    CHECK(machine("twin").count("power_off") == 0);
    CHECK(machine("twin").power == Power::on);
}

TEST_CASE("what was seen under one name is not known any more once the other was switched") {
    Twins house;
    house.registry.power_status("b", house.note_state());
    house.loop.advance(1s);
    CHECK(house.registry.known_power("b").value().power == haas::driver::Power::off);
    REQUIRE(house.power("a", {.verb = Verb::power_on}));
    CHECK_FALSE(house.registry.known_power("b"));
}

// ---- Diagnosis ------------------------------------------------------------------------------------------------------

TEST_CASE("a diagnosis is the driver's, step by step") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").diagnosis.ok(Diagnosis::Step::reach, "192.0.2.7 answers", 12ms);
    machine("n").diagnosis.failed(Diagnosis::Step::negotiate, "no common suite", "Enable suite 17");
    std::vector<Result<DiagnoseReport>> reports;
    const auto note = [&](const Result<DiagnoseReport>& report) { reports.push_back(report); };
    house.registry.diagnose("n", note);
    house.registry.diagnose("n", note);  // shares it
    house.loop.run();
    REQUIRE(reports.size() == 2);
    CHECK(machine("n").asked == Labels{"diagnose"});
    const DiagnoseReport& report = reports.front().value();
    REQUIRE(report.steps.size() == 7);
    CHECK(report.steps[0].name == "resolve");
    CHECK(report.steps[0].result == StepResult::skipped);
    CHECK(report.steps[1].found == "192.0.2.7 answers");
    CHECK(report.steps[1].ms == 12);
    CHECK(report.steps[2].result == StepResult::failed);
    CHECK(report.steps[2].fix == "Enable suite 17");
    CHECK(house.told("credentials").empty());
}

TEST_CASE("a driver without diagnosis says so") {
    House house;
    REQUIRE(house.add("n", haas::node::bare_type));
    std::optional<Result<DiagnoseReport>> report;
    house.registry.diagnose("n", [&](const Result<DiagnoseReport>& given) { report = given; });
    house.loop.run();
    CHECK(report.value().error().code == Errc::unsupported);
    house.registry.diagnose("nobody", [&](const Result<DiagnoseReport>& given) { report = given; });
    CHECK(report.value().error().code == Errc::not_found);
}

TEST_CASE("who asks again from within an answer is answered too") {
    House house;
    REQUIRE(house.add("n"));
    int answers = 0;
    const std::function<void(Result<haas::driver::Power>)> again = [&](const Result<haas::driver::Power>& power) {
        CHECK(power.has_value());
        if (++answers < 3) house.registry.power_status("n", again);
    };
    house.registry.power_status("n", again);
    house.loop.advance(1min);
    CHECK(answers == 3);
}

// The console in the midst of a BMC's other work: one session for all, and nothing of it left behind.
#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/engine/console_simulation.hpp"

using namespace haas::ipmi;
using namespace std::chrono_literals;
using Catch::Contains;
using Kind = Outcome::Kind;

TEST_CASE("a console shares the session of all else, and is closed without a trace") {
    ConsoleSimulation sim;
    CHECK(sim.perform(status).kind == Kind::done);
    CHECK(sim.open().kind == Kind::done);
    sim.sol.print("login: ");
    CHECK(sim.await(sim.type("root\r")).accepted == 5);
    CHECK(sim.perform(off).kind == Kind::done);
    CHECK(sim.perform(status).kind == Kind::done);
    sim.pass(100ms);
    CHECK(sim.viewer->printed == "login: root\r");
    CHECK(sim.sol.typed == "root\r");
    CHECK(sim.handshakes() == 1);
    CHECK(sim.close().kind == Kind::done);
    CHECK(sim.sol.owner == 0);
    CHECK(sim.viewer->states.empty());
    // As any other session without work.
    sim.pass(1min);
    CHECK(sim.fake.open_sessions() == 0);
    CHECK(sim.bmc.quiet());
}

TEST_CASE("the session stays as long as the console is open") {
    ConsoleSimulation sim;
    REQUIRE(sim.open().kind == Kind::done);
    // The BMC forgets what it does not hear of for a minute.
    sim.pass(2h);
    CHECK(sim.handshakes() == 1);
    CHECK(sim.viewer->states.empty());
    sim.sol.print("still here");
    sim.pass(1s);
    CHECK(sim.viewer->printed == "still here");
}

TEST_CASE("an idle console stays though only the last send of a command gets through") {
    ConsoleSimulation sim;
    REQUIRE(sim.open().kind == Kind::done);
    // Its own sign of life comes after 20 s at the earliest.
    sim.pass(10s);
    const auto first_three = [](std::size_t first) {
        return [first](std::size_t number, ByteView) { return number >= first && number < first + 3; };
    };
    SECTION("requests are lost") { sim.lose_request = first_three(sim.requests_sent); }
    SECTION("answers are lost") { sim.lose_answer = first_three(sim.answers_sent); }
    SECTION("of a sign of life") {
        const std::size_t before = sim.requests_sent;
        sim.lose_request = first_three(before);
        sim.pass(28s);
        CHECK(sim.requests_sent == before + 4);
    }
    CHECK(sim.perform(status).kind == Kind::done);
    sim.pass(100ms);
    CHECK(sim.handshakes() == 1);
    CHECK(sim.viewer->states.empty());
}

TEST_CASE("a BMC that restarts: the console comes back in a session of its own") {
    ConsoleSimulation sim;
    REQUIRE(sim.open().kind == Kind::done);
    sim.fake.reboot();
    CHECK(sim.reach(SolState::disconnected));
    CHECK(sim.reach(SolState::connected));
    CHECK(sim.handshakes() == 2);
    CHECK(sim.sol.owner != 0);
}

TEST_CASE("a BMC that is away for half a minute, as with a shared network port when the machine is switched") {
    ConsoleSimulation sim;
    REQUIRE(sim.open().kind == Kind::done);
    REQUIRE(sim.perform(reset).kind == Kind::done);
    sim.powered = false;
    sim.pass(30s);
    sim.powered = true;
    sim.sol.print("POST");
    CHECK(sim.reach(SolState::connected));
    sim.pass(1s);
    CHECK(sim.viewer->printed == "POST");
}

TEST_CASE("what is in flight when the session breaks is not sent into another one") {
    ConsoleSimulation sim;
    REQUIRE(sim.open().kind == Kind::done);
    // Somebody has it as soon as the BMC is back.
    sim.fake.reboot();
    sim.sol.activate(0x0f000009);
    sim.sol.sessions = {0x0f000009};
    SECTION("a deactivation") {
        CHECK(sim.close().kind == Kind::done);
    }
    SECTION("a sign of life") {
        CHECK(sim.reach(SolState::stolen));
        CHECK_THAT(sim.viewer->states.back().second, Contains("user 3"));
    }
    sim.pass(2min);
    CHECK(sim.sol.deactivations == 0);
    CHECK(sim.sol.owner == 0x0f000009);
}

TEST_CASE("before the session is closed the console is given back") {
    ConsoleSimulation sim;
    REQUIRE(sim.open().kind == Kind::done);
    sim.fake.requests.clear();
    SECTION("by the node that goes") { sim.bmc.cancel_all_of(node, sim.now); }
    SECTION("by the driver that stops") { sim.bmc.close(sim.now); }
    sim.pass(1min);
    REQUIRE(sim.fake.requests.size() == 2);
    CHECK(sim.fake.requests[0].command == 0x49);
    CHECK(sim.fake.requests[1].command == 0x3c);
    CHECK(sim.bmc.quiet());
    CHECK(sim.viewer->states.empty());
}

TEST_CASE("all that is open of a console ends with it") {
    ConsoleSimulation sim;
    REQUIRE(sim.open().kind == Kind::done);
    sim.sol.options.available = false;
    const auto write = sim.type("x");
    sim.pass(100ms);
    SECTION("when it is closed") { CHECK(sim.close().kind == Kind::done); }
    SECTION("when the node goes") { sim.bmc.cancel_all_of(node, sim.now); }
    SECTION("when it is cancelled") { sim.bmc.cancel(sim.last_operation, sim.now); }
    REQUIRE(write->outcome);
    CHECK(write->outcome->kind == Kind::cancelled);
    CHECK(write->outcome->accepted == 0);
    CHECK_FALSE(write->outcome->perhaps_done);
}

TEST_CASE("each operation of a console ends by its deadline") {
    ConsoleSimulation sim;
    SECTION("an opening that waits: with the owner's name") {
        sim.sol.activate(0x0f000009);
        sim.sol.sessions = {0x0f000009};
        const Time begin = sim.now;
        const Outcome outcome = sim.open(SolConflict::wait, 20s);
        CHECK(outcome.kind == Kind::failed);
        CHECK(outcome.error == ErrorClass::busy);
        CHECK_THAT(outcome.sentence, Contains("10.0.0.5: the serial console is in use by user 3 at 192.0.2.7"));
        CHECK(sim.now - begin == 20s);
        CHECK(sim.sol.deactivations == 0);
        sim.pass(1min);
        CHECK(sim.bmc.quiet());
    }
    SECTION("an opening that gets no answer") {
        sim.answer_takes = [](ByteView) { return Duration(5s); };
        CHECK(sim.open(SolConflict::report, 2s).kind == Kind::timed_out);
    }
    SECTION("a write: with what was taken") {
        sim.sol.options.advertised = 6;
        REQUIRE(sim.open().kind == Kind::done);
        const auto write = sim.type("abcdef", 3s);
        sim.pass(3ms);
        sim.powered = false;
        const Outcome outcome = sim.await(write);
        CHECK(outcome.kind == Kind::timed_out);
        CHECK(outcome.accepted > 0);
        CHECK(outcome.accepted < 6);
        CHECK(outcome.perhaps_done);
    }
    SECTION("a closing: as done") {
        REQUIRE(sim.open().kind == Kind::done);
        sim.powered = false;
        const Time begin = sim.now;
        CHECK(sim.close(2s).kind == Kind::done);
        CHECK(sim.now - begin == 2s);
        sim.pass(1min);
        CHECK(sim.bmc.quiet());
    }
    SECTION("one that has passed is not begun") {
        CHECK(sim.open(SolConflict::steal, -1s).kind == Kind::timed_out);
        CHECK(sim.requests_sent == 0);
        CHECK(sim.bmc.quiet());
    }
}

TEST_CASE("without a console, and without a connection, nothing is typed") {
    ConsoleSimulation sim;
    CHECK(sim.await(sim.type("x")).error == ErrorClass::state);
    CHECK(sim.await(sim.console(SendBreak{})).error == ErrorClass::state);
    CHECK(sim.await(sim.console(ResumeConsole{})).kind == Kind::done);
    CHECK(sim.close().kind == Kind::done);
    CHECK(sim.requests_sent == 0);
    REQUIRE(sim.open().kind == Kind::done);
    sim.powered = false;
    CHECK(sim.reach(SolState::disconnected));
    const Outcome outcome = sim.await(sim.type("x"));
    CHECK(outcome.error == ErrorClass::state);
    CHECK_THAT(outcome.sentence, Contains("not connected"));
}

TEST_CASE("a console that cannot be had says why") {
    BmcOptions options;
    SECTION("nobody answers") {
        ConsoleSimulation sim;
        sim.powered = false;
        CHECK(sim.open().error == ErrorClass::unreachable);
        sim.pass(1min);
        CHECK(sim.bmc.quiet());
    }
    SECTION("the password is wrong") {
        options.password = "other";
        ConsoleSimulation sim({}, options);
        CHECK(sim.open().error == ErrorClass::credentials);
        const std::size_t handshakes = sim.handshakes();
        sim.pass(1h);
        CHECK(sim.handshakes() == handshakes);
        CHECK(sim.bmc.quiet());
    }
    SECTION("there is no SOL") {
        ConsoleSimulation sim;
        sim.fake.sol = nullptr;
        const Outcome outcome = sim.open();
        CHECK(outcome.error == ErrorClass::unsupported);
        CHECK_THAT(outcome.sentence, Contains("C1h"));
    }
}

TEST_CASE("a console is closed at once while a dead BMC is being logged in to, and can be asked for again") {
    ConsoleSimulation sim;
    sim.powered = false;
    const auto opening = sim.open_as(sim.bmc, node);
    sim.pass(100ms);
    const Time begin = sim.now;
    CHECK(sim.close().kind == Kind::done);
    CHECK(sim.now == begin);
    CHECK(opening->outcome->kind == Kind::cancelled);
    sim.powered = true;
    CHECK(sim.open().kind == Kind::done);
}

TEST_CASE("several nodes that are one BMC have one console") {
    BmcOptions options;
    options.accounts = {{"oper", "operpass", Privilege::operator_level}};
    ConsoleSimulation sim({}, options);
    Bmc& alias = sim.add(target_of("10.0.0.5"));
    Bmc& oper = sim.add(target_of("10.0.0.5", "operpass", "oper"));
    REQUIRE(sim.open().kind == Kind::done);
    const auto viewer = sim.viewer;
    SECTION("another node of the same account is told at once") {
        const Outcome outcome = sim.await(sim.open_as(sim.bmc, node + 1));
        CHECK(outcome.error == ErrorClass::busy);
        CHECK_THAT(outcome.sentence, Contains("another node that is the same BMC"));
        CHECK(sim.await(sim.ask_of(sim.bmc, node + 1, CloseConsole{}, 1s)).kind == Kind::done);
    }
    SECTION("another account by the BMC") {
        CHECK(sim.await(sim.open_as(oper, node + 1)).error == ErrorClass::busy);
    }
    SECTION("their power calls leave it its session") {
        CHECK(sim.perform(alias, status).kind == Kind::done);
        CHECK(sim.perform(oper, off).kind == Kind::done);
        CHECK(sim.perform(alias, status).kind == Kind::done);
    }
    sim.sol.print("mine");
    sim.pass(1s);
    CHECK(viewer->printed == "mine");
    CHECK(viewer->states.empty());
}

TEST_CASE("where a BMC has one slot, power comes before the console, which comes back") {
    BmcOptions options;
    options.accounts = {{"oper", "operpass", Privilege::operator_level}};
    options.slots = 1;
    ConsoleSimulation sim({}, options);
    Bmc& oper = sim.add(target_of("10.0.0.5", "operpass", "oper"));
    REQUIRE(sim.open().kind == Kind::done);
    CHECK(sim.perform(oper, off).kind == Kind::done);
    CHECK(sim.viewer->states.front().first == SolState::disconnected);
    CHECK(sim.reach(SolState::connected));
}

TEST_CASE("a verb tells the console that something is about to be printed") {
    ConsoleSimulation sim;
    REQUIRE(sim.open().kind == Kind::done);
    REQUIRE(sim.perform(reset).kind == Kind::done);
    CHECK(sim.reach(SolState::disconnected));
    CHECK(sim.reach(SolState::connected));
    CHECK(sim.sol.activations == 2);
}

TEST_CASE("the notice of another's SOL reaches the console") {
    ConsoleSimulation sim;
    REQUIRE(sim.open().kind == Kind::done);
    // phosphor-net-ipmid's request "SOL activating", netFn 0Ch, command 20h.
    const Bytes notice{0x81, 0x30, 0x4f, 0x20, 0x00, 0x20, 0, 0, 0, 0, 0, 0xc0};
    sim.tell(sim.fake.unsolicited(PayloadType::ipmi, notice));
    CHECK(sim.viewer->states.back().first == SolState::stolen);
}


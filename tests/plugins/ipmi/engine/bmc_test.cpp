#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/engine/simulation.hpp"

using namespace haas::ipmi;
using namespace std::chrono_literals;
using Kind = Outcome::Kind;

namespace {

constexpr std::uint8_t hard_reset = 3;  // IPMI 2.0 table 28-4
const Wish status = QueryPower{};
const Wish reset = ControlPower{ChassisControl::hard_reset};
const Wish off = ControlPower{ChassisControl::power_down};
const Wish on = ControlPower{ChassisControl::power_up};

Endpoint endpoint(const std::string& host) { return *numeric_endpoint(std::get<HostName>(parse_host(host))); }

}  // namespace



TEST_CASE("A status is one login and one command, and the next one is a command only") {
    Simulation sim;
    REQUIRE(sim.perform(status).power_on);
    sim.fake.options.power_on = false;
    REQUIRE_FALSE(sim.perform(status).power_on);
    CHECK(sim.handshakes() == 1);
    CHECK(sim.fake.requests.size() == 2);
    REQUIRE(sim.facts.size() == 1);
    CHECK(sim.facts[0].suite == CipherSuite::suite_17);
    CHECK(sim.facts[0].privilege == Privilege::administrator);
    CHECK(sim.facts[0].address == "10.0.0.5:623");
}

TEST_CASE("An idle session is closed, a used one is not") {
    Simulation sim;
    sim.perform(status);
    for (int i = 0; i < 5; ++i) {
        sim.pass(20s);
        sim.perform(status);
    }
    CHECK(sim.handshakes() == 1);
    CHECK(sim.fake.open_sessions() == 1);
    sim.pass(31s);
    CHECK(sim.fake.open_sessions() == 0);
    CHECK(sim.bmc.quiet());
}

TEST_CASE("Closing cancels what runs and what waits, and leaves no session behind") {
    Simulation sim;
    sim.perform(status);
    sim.one_way = 50ms;
    const auto running = sim.ask(reset);
    const auto waiting = sim.ask(status);
    sim.bmc.close(sim.now);
    REQUIRE(running->outcome);
    REQUIRE(waiting->outcome);
    CHECK(running->outcome->kind == Kind::cancelled);
    CHECK(waiting->outcome->kind == Kind::cancelled);
    CHECK_FALSE(sim.bmc.quiet());
    sim.pass(200ms);
    CHECK(sim.fake.open_sessions() == 0);
    CHECK(sim.bmc.quiet());
}

TEST_CASE("A cancelled verb says whether it was sent") {
    Simulation sim;
    sim.perform(on);
    sim.one_way = 100ms;
    const auto sent = sim.ask(reset);
    const std::uint64_t sent_id = sim.last_operation;
    const auto waiting = sim.ask(off);
    sim.bmc.cancel(sim.last_operation, sim.now);
    sim.pass(sim.patience.spacing + 50ms);
    sim.bmc.cancel(sent_id, sim.now);
    CHECK(sim.await(sent).kind == Kind::cancelled);
    CHECK(sent->outcome->perhaps_done);
    CHECK(sim.await(waiting).kind == Kind::cancelled);
    CHECK_FALSE(waiting->outcome->perhaps_done);
    // The late answer to the reset is not taken for the answer to this.
    CHECK(sim.perform(status).power_on);
    CHECK(sim.fake.chassis_controls == Bytes{1, hard_reset});
}

TEST_CASE("Operations wait for each other, up to their deadline") {
    Simulation sim;
    sim.perform(status);
    sim.one_way = 400ms;
    const auto slow = sim.ask(off);   // raise, then the verb: 1.6 s
    const auto late = sim.ask(status, 1s);
    const auto patient = sim.ask(status);
    CHECK(sim.await(slow).kind == Kind::done);
    REQUIRE(late->outcome);
    CHECK(late->outcome->error == ErrorClass::busy);
    CHECK_FALSE(sim.await(patient).power_on);
}

TEST_CASE("A datagram from another address is not the BMC's") {
    Simulation sim;
    sim.perform(status);
    Bytes foreign = sim.fake.unsolicited(PayloadType::ipmi, Bytes(8, 0));
    sim.bmc.receive(endpoint("10.0.0.6"), foreign, sim.now);
    CHECK(sim.perform(status).power_on);
}

TEST_CASE("A BMC whose last answer took a fifth of a second is asked after the others, one that answers sooner is not") {
    Simulation sim;
    REQUIRE(sim.perform(status).kind == Kind::done);
    sim.answer_takes = [](ByteView) { return 197ms; };  // and a millisecond each way
    REQUIRE(sim.perform(status).kind == Kind::done);
    REQUIRE(sim.perform(status).kind == Kind::done);
    CHECK(sim.gave_way.empty());
    sim.answer_takes = [](ByteView) { return 198ms; };
    REQUIRE(sim.perform(status).kind == Kind::done);
    CHECK(sim.gave_way.empty());
    sim.lull = 40ms;
    sim.answer_takes = [](ByteView) { return 0ms; };
    sim.pass(1s);
    const Time begin = sim.now;
    REQUIRE(sim.perform(status).kind == Kind::done);
    CHECK(sim.gave_way == std::vector{begin});
    CHECK(sim.now - begin == 42ms);
    // Now it has answered at once.
    REQUIRE(sim.perform(status).kind == Kind::done);
    CHECK(sim.gave_way.size() == 1);
}

namespace {

// The next operation of its BMC gives way to the others until `lull`.
struct Slow : Simulation {
    Slow() {
        answer_takes = [](ByteView) { return 200ms; };
        if (perform(status).kind != Kind::done) std::terminate();
        pass(1s);
        sent = requests_sent;
    }
    std::size_t sent = 0;
};

}  // namespace

TEST_CASE("Operations of a BMC that gives way keep their order") {
    Slow sim;
    const auto before = sim.ask(status);
    const auto switched = sim.ask(off);
    const auto after = sim.ask(status);
    CHECK(sim.requests_sent == sim.sent);
    CHECK(sim.gave_way.size() == 1);
    REQUIRE(sim.await(after).kind == Kind::done);
    CHECK(before->outcome->power_on);
    CHECK(switched->outcome->kind == Kind::done);
    CHECK_FALSE(after->outcome->power_on);
    // Once begun, they follow each other.
    CHECK(sim.gave_way.size() == 1);
}

TEST_CASE("A verb that is cancelled while it gives way was never sent") {
    Slow sim;
    const auto verb = sim.ask(reset);
    sim.bmc.cancel(sim.last_operation, sim.now);
    REQUIRE(verb->outcome);
    CHECK(verb->outcome->kind == Kind::cancelled);
    CHECK_FALSE(verb->outcome->perhaps_done);
    sim.pass(10s);
    CHECK(sim.requests_sent == sim.sent);
    CHECK(sim.perform(reset).kind == Kind::done);
    CHECK(sim.fake.chassis_controls == Bytes{hard_reset});
}

TEST_CASE("An operation that gives way for longer than it has time ends by its deadline, and was never sent") {
    Slow sim;
    sim.lull = 1h;
    const auto verb = sim.ask(reset, 2s);
    sim.pass(2s);
    REQUIRE(verb->outcome);
    CHECK(verb->outcome->error == ErrorClass::busy);
    CHECK(verb->outcome->sentence == "10.0.0.5: BMCs that answer sooner took the time");
    CHECK_FALSE(verb->outcome->perhaps_done);
    CHECK(sim.requests_sent == sim.sent);
}

TEST_CASE("A BMC is closed while it gives way, and a turn that comes later finds nothing to do") {
    Slow sim;
    const auto verb = sim.ask(reset);
    sim.bmc.close(sim.now);
    REQUIRE(verb->outcome);
    CHECK(verb->outcome->kind == Kind::cancelled);
    sim.pass(10s);
    CHECK(sim.bmc.quiet());
    CHECK(sim.fake.open_sessions() == 0);
    CHECK(sim.fake.chassis_controls.empty());
}

TEST_CASE("A session is not closed for being idle while something waits for the others to go ahead") {
    Slow sim;
    sim.pass(28s);
    sim.lull = 3s;  // beyond the end of the 30 s
    REQUIRE(sim.perform(status).kind == Kind::done);
    CHECK(sim.handshakes() == 1);
}

TEST_CASE("A verb that was sent again is timed from then on") {
    Target target = target_of("10.0.0.5");
    target.spacing = 300ms;
    Simulation sim({}, std::move(target));
    REQUIRE(sim.perform(status).kind == Kind::done);
    // The verb itself is lost once, and the evidence says so; then it is answered at once.
    sim.lose_request = [first = sim.requests_sent + 1](std::size_t n, ByteView) { return n == first; };
    sim.pass(1s);
    REQUIRE(sim.perform(reset).kind == Kind::done);
    CHECK(sim.fake.chassis_controls == Bytes{hard_reset});
    REQUIRE(sim.perform(status).kind == Kind::done);
    CHECK(sim.gave_way.empty());
}

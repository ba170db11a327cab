// Several nodes that are one BMC: by other names, and under other accounts.
#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/engine/simulation.hpp"

using namespace haas::ipmi;
using namespace std::chrono_literals;
using Catch::Contains;
using Kind = Outcome::Kind;

namespace {

const Wish status = QueryPower{};
const Wish reset = ControlPower{ChassisControl::hard_reset};
const Wish on = ControlPower{ChassisControl::power_up};
const Wish off = ControlPower{ChassisControl::power_down};

Endpoint endpoint(const std::string& host) { return *numeric_endpoint(std::get<HostName>(parse_host(host))); }

BmcOptions with_operator() {
    BmcOptions options;
    options.accounts = {{"oper", "operpass", Privilege::operator_level}, {"third", "thirdpass"}};
    return options;
}

// Counts the requests that are with the BMC, or on their way to and from it, at the same time.
struct OneAtATime {
    explicit OneAtATime(Simulation& sim) {
        sim.lose_request = [this](std::size_t, ByteView) {
            most = std::max(most, ++now);
            return false;
        };
        sim.lose_answer = [this](std::size_t, ByteView) {
            --now;
            return false;
        };
    }
    int now = 0;
    int most = 0;
};

}  // namespace

TEST_CASE("Two names of one BMC with one account share its session, and are asked one at a time") {
    Simulation sim({}, target_of("bmc7"));
    Bmc& alias = sim.add(target_of("bmc7.mgmt"));
    Bmc& number = sim.add(target_of("10.0.0.7"));
    sim.names["bmc7"].endpoints = {endpoint("10.0.0.7")};
    sim.names["bmc7.mgmt"].endpoints = {endpoint("10.0.0.7")};
    const OneAtATime watch(sim);
    sim.one_way = 50ms;
    const auto first = sim.ask(status);
    const auto second = sim.ask(alias, off);
    const auto third = sim.ask(number, status);
    CHECK(sim.await(first).power_on);
    CHECK(sim.await(second).kind == Kind::done);
    CHECK(sim.await(third).kind == Kind::done);
    CHECK(sim.handshakes() == 1);
    CHECK(sim.fake.open_sessions() == 1);
    CHECK(watch.most == 1);
    // Each name is told what the session has taught.
    CHECK(sim.facts.size() == 3);
    // The level that one has raised the session to is the session's.
    CHECK(sim.perform(on).kind == Kind::done);
    CHECK(sim.handshakes() == 1);
    sim.pass(1min);
    CHECK(sim.fake.open_sessions() == 0);
    CHECK(sim.bmc.quiet());
    CHECK(alias.quiet());
}

TEST_CASE("Two accounts on one BMC have a session each, and are asked one at a time") {
    Simulation sim(with_operator());
    Bmc& oper = sim.add(target_of("10.0.0.5", "operpass", "oper"));
    const OneAtATime watch(sim);
    sim.one_way = 50ms;
    std::vector<std::shared_ptr<Result>> results;
    for (int i = 0; i < 3; ++i) {
        results.push_back(sim.ask(i == 0 ? reset : status));
        results.push_back(sim.ask(oper, i == 1 ? reset : status));
    }
    for (const auto& result : results) CHECK(sim.await(result).kind == Kind::done);
    CHECK(watch.most == 1);
    CHECK(sim.handshakes() == 2 + 1);  // one more for the operator, who is not given ADMINISTRATOR
    CHECK(sim.fake.open_sessions() == 2);
    CHECK(sim.fake.chassis_controls == Bytes{3, 3});
    CHECK(sim.facts.front().privilege == Privilege::administrator);
    CHECK(sim.facts.back().privilege == Privilege::operator_level);
    // In turns, not all of one first.
    CHECK(results[1]->at < results[2]->at);
}

TEST_CASE("A wrong password of one account does not touch the session of another") {
    Simulation sim(with_operator());
    Bmc& wrong = sim.add(target_of("10.0.0.5", "guess", "oper"));
    CHECK(sim.perform(status).kind == Kind::done);
    CHECK(sim.perform(wrong, reset).error == ErrorClass::credentials);
    CHECK(sim.perform(status).kind == Kind::done);
    CHECK(sim.fake.open_sessions() == 1);
    CHECK(sim.fake.chassis_controls.empty());
}

TEST_CASE("Accounts that wait for a BMC while it proves silent are told so with the first") {
    Simulation sim(with_operator());
    sim.powered = false;
    Bmc& oper = sim.add(target_of("10.0.0.5", "operpass", "oper"));
    Bmc& third = sim.add(target_of("10.0.0.5", "thirdpass", "third"));
    const Time begin = sim.now;
    const auto first = sim.ask(status);
    const auto second = sim.ask(oper, reset);
    sim.pass(3s);
    const auto last = sim.ask(third, status);
    for (const auto& one : {first, second, last}) {
        const Outcome outcome = sim.await(one);
        CHECK(outcome.error == ErrorClass::unreachable);
        CHECK_FALSE(outcome.perhaps_done);
        CHECK_THAT(outcome.sentence, Catch::StartsWith("10.0.0.5: no answer from 10.0.0.5:623 to Open Session"));
        CHECK(sim.now - begin < 8s);
    }
    // And each is served when it is back.
    sim.powered = true;
    for (Bmc* one : {&third, &oper, &sim.bmc}) CHECK(sim.perform(*one, status).kind == Kind::done);
    CHECK(sim.fake.chassis_controls.empty());
}

TEST_CASE("A BMC that is silent to one suite answers an account that asks with another") {
    BmcOptions options = with_operator();
    Simulation sim(options);
    Target strict = target_of("10.0.0.5", "operpass", "oper");
    strict.policy.allow_suite_3 = false;
    Bmc& oper = sim.add(std::move(strict));
    // All Open Sessions of the first account are lost, as if it asked for what this BMC drops.
    bool lost = true;
    sim.lose_request = [&lost](std::size_t, ByteView) { return lost; };
    const auto first = sim.ask(oper, status);
    const auto second = sim.ask(status);
    REQUIRE(sim.await(first).error == ErrorClass::unreachable);
    CHECK_FALSE(second->outcome);
    lost = false;
    CHECK(sim.await(second).kind == Kind::done);
}

TEST_CASE("No more than two sessions of ours are kept on one BMC") {
    Simulation sim(with_operator());
    Bmc& oper = sim.add(target_of("10.0.0.5", "operpass", "oper"));
    Bmc& third = sim.add(target_of("10.0.0.5", "thirdpass", "third"));
    sim.perform(status);
    sim.perform(oper, status);
    sim.perform(third, status);
    sim.pass(1s);
    CHECK(sim.fake.open_sessions() == 2);
    // The one that was idle longest had to go; it comes back.
    CHECK(sim.perform(status).kind == Kind::done);
    sim.pass(1s);
    CHECK(sim.fake.open_sessions() == 2);
}

TEST_CASE("A BMC with one slot serves two accounts in turns") {
    BmcOptions options = with_operator();
    options.slots = 1;
    Simulation sim(options);
    Bmc& oper = sim.add(target_of("10.0.0.5", "operpass", "oper"));
    for (int i = 0; i < 3; ++i) {
        CHECK(sim.perform(status).kind == Kind::done);
        CHECK(sim.perform(oper, status).kind == Kind::done);
    }
}

TEST_CASE("Whoever waits for another node of the same BMC in vain is told so") {
    Simulation sim(with_operator());
    Bmc& oper = sim.add(target_of("10.0.0.5", "operpass", "oper"));
    sim.powered = false;
    const auto first = sim.ask(status);
    const auto second = sim.ask(oper, reset, 2s);
    const Outcome outcome = sim.await(second);
    CHECK(outcome.error == ErrorClass::busy);
    CHECK_THAT(outcome.sentence, Contains("same BMC"));
    CHECK(sim.await(first).error == ErrorClass::unreachable);
}

TEST_CASE("Commands to one BMC keep their distance, whichever node they are for") {
    Simulation sim(with_operator());
    sim.patience.spacing = 100ms;
    Target target = target_of("10.0.0.5", "operpass", "oper");
    target.spacing = 1s;
    Bmc& oper = sim.add(std::move(target));
    sim.perform(status);
    const Time first = sim.now;
    sim.perform(status);
    CHECK(sim.now - first >= 90ms);
    CHECK(sim.now - first <= 110ms);
    const Time second = sim.now;
    sim.perform(oper, status);
    CHECK(sim.now - second >= 990ms);
    // After a pause there is nothing to wait for.
    sim.pass(5s);
    const Time third = sim.now;
    sim.perform(oper, status);
    CHECK(sim.now - third < 10ms);
}

TEST_CASE("A node that is closed leaves the line, and gives its turn on") {
    Simulation sim(with_operator());
    Bmc& oper = sim.add(target_of("10.0.0.5", "operpass", "oper"));
    Bmc& third = sim.add(target_of("10.0.0.5", "thirdpass", "third"));
    sim.one_way = 50ms;
    const auto first = sim.ask(status);
    const auto second = sim.ask(oper, status);
    const auto last = sim.ask(third, status);
    sim.pass(120ms);
    oper.close(sim.now);
    CHECK(second->outcome->kind == Kind::cancelled);
    sim.bmc.close(sim.now);
    CHECK(sim.await(last).kind == Kind::done);
    sim.pass(2s);
    CHECK(sim.bmc.quiet());
    CHECK(sim.fake.open_sessions() == 1);
}

TEST_CASE("A name that moves to another address does not take the other one's session along") {
    Simulation sim({}, target_of("bmc7"));
    Bmc& number = sim.add(target_of("10.0.0.7"));
    sim.names["bmc7"].endpoints = {endpoint("10.0.0.7")};
    sim.perform(status);
    CHECK(sim.perform(number, status).kind == Kind::done);
    sim.only_at = endpoint("10.0.0.8");
    sim.names["bmc7"].endpoints = {endpoint("10.0.0.8")};
    CHECK(sim.perform(status).kind != Kind::done);
    CHECK(sim.perform(status).kind == Kind::done);
    CHECK(sim.perform(number, status).error == ErrorClass::unreachable);
}

TEST_CASE("Of a BMC with one slot no session is taken whose node has work for it, though it gives way to other BMCs") {
    BmcOptions options = with_operator();
    options.slots = 1;
    Simulation sim(options);
    sim.answer_takes = [](ByteView) { return 300ms; };
    REQUIRE(sim.perform(status).kind == Kind::done);
    sim.answer_takes = [](ByteView) { return 0ms; };
    sim.pass(1s);
    sim.lull = 100ms;
    const auto first = sim.ask(reset);
    const auto other = sim.ask(sim.add(target_of("10.0.0.5", "operpass", "oper")), status);
    sim.pass(50ms);
    // The other has logged in, and found no slot.
    const std::size_t handshakes = sim.handshakes();
    REQUIRE_FALSE(first->outcome);
    REQUIRE(sim.await(first).kind == Kind::done);
    // In the session that it had.
    CHECK(sim.handshakes() == handshakes);
    CHECK_FALSE(other->outcome);
    CHECK(sim.await(other).kind == Kind::done);
}

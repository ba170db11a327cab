#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/engine/room.hpp"

using namespace haas::ipmi;
using namespace std::chrono_literals;
using Catch::Contains;
using Kind = Outcome::Kind;

TEST_CASE("A BMC on a real socket is read and switched, with either suite") {
    BmcOptions options;
    options.suite_17 = GENERATE(true, false);
    UdpBmc bmc(options);
    Room room;
    const auto node = room.attach(bmc.host());
    CHECK(room.perform(node, status).power_on);
    CHECK(room.perform(node, off).kind == Kind::done);
    CHECK_FALSE(room.perform(node, status).power_on);
    room.stop();
    CHECK(bmc.with([](FakeBmc& fake) { return fake.chassis_controls; }) == Bytes{0});
    REQUIRE_FALSE(room.facts.empty());
    CHECK(room.facts[0].suite == (options.suite_17 ? CipherSuite::suite_17 : CipherSuite::suite_3));
    CHECK(room.facts[0].address == bmc.host());
}

TEST_CASE("A BMC with an IPv6 address is a BMC like others") {
    UdpBmc bmc({}, "::1");
    Room room;
    CHECK(room.perform(room.attach(bmc.host()), status).power_on);
}

TEST_CASE("An IPv4 address written as an IPv6 one is reached") {
    UdpBmc bmc;
    Room room;
    CHECK(room.perform(room.attach("[::ffff:127.0.0.1]:" + std::to_string(bmc.port())), status).power_on);
    room.stop();
    REQUIRE(room.facts.size() == 1);
    CHECK(room.facts[0].address == bmc.host());
}

TEST_CASE("A name of the system's is resolved") {
    UdpBmc bmc;
    Room room;
    // It may also stand for ::1, where nobody is.
    CHECK(room.perform(room.attach("localhost:" + std::to_string(bmc.port())), status).power_on);
}

TEST_CASE("A name that nobody knows fails with the system's words, and delays no other node") {
    UdpBmc bmc;
    Room room;
    const auto unknown = room.attach("no-such-bmc.invalid");
    const auto node = room.attach(bmc.host());
    auto failing = room.ask(unknown, reset, 10s);
    const auto start = std::chrono::steady_clock::now();
    CHECK(room.perform(node, status).power_on);
    CHECK(std::chrono::steady_clock::now() - start < 5s);
    const Outcome outcome = failing.get();
    CHECK(outcome.error == ErrorClass::unreachable);
    CHECK_THAT(outcome.sentence, Catch::StartsWith("no-such-bmc.invalid: the name "));
}

TEST_CASE("A port where nothing listens is unreachable, and delays no other node") {
    UdpBmc bmc;
    std::string closed;
    {
        const UdpBmc gone;
        closed = gone.host();
    }
    Room room;
    auto failing = room.ask(room.attach(closed), reset);
    CHECK(room.perform(room.attach(bmc.host()), status).power_on);
    CHECK(failing.wait_for(0s) == std::future_status::timeout);
    const Outcome outcome = failing.get();
    CHECK(outcome.kind == Kind::failed);
    CHECK(outcome.error == ErrorClass::unreachable);
    CHECK_THAT(outcome.sentence, Catch::StartsWith(closed + ": no answer from " + closed));
}

TEST_CASE("A wrong password is refused at once") {
    BmcOptions options;
    options.zeroed_errors = GENERATE(false, true);
    UdpBmc bmc(options);
    Room room(Engine::Options{});
    const auto start = std::chrono::steady_clock::now();
    const Outcome password = room.perform(room.attach(bmc.host(), "not-it"), reset);
    CHECK(password.error == ErrorClass::credentials);
    CHECK_THAT(password.sentence, !Contains("not-it"));
    const Outcome user = room.perform(room.attach(bmc.host(), "password", "nobody"), reset);
    CHECK(user.error == ErrorClass::credentials);
    CHECK(std::chrono::steady_clock::now() - start < 1s);
    CHECK(bmc.with([](FakeBmc& fake) { return fake.chassis_controls.empty(); }));
}

TEST_CASE("Two nodes of one BMC and account share a session, another account has its own") {
    UdpBmc bmc;
    Room room;
    const auto first = room.attach(bmc.host());
    const auto second = room.attach(bmc.host());
    auto a = room.ask(first, status);
    auto b = room.ask(second, off);
    CHECK(a.get().kind == Kind::done);
    CHECK(b.get().kind == Kind::done);
    CHECK(bmc.with([](FakeBmc& fake) { return fake.open_sessions(); }) == 1);
    // The session lives as long as one of them does.
    room.engine.detach(first);
    CHECK_FALSE(room.perform(second, status).power_on);
    CHECK(bmc.with([](FakeBmc& fake) { return fake.open_sessions(); }) == 1);
    CHECK(room.perform(room.attach(bmc.host(), "other"), status).error == ErrorClass::credentials);
    room.engine.detach(second);
    CHECK(bmc.reaches(no_session));
    room.stop();
    CHECK(room.facts.size() == 1 + 1);  // each node was told
}

TEST_CASE("An operation is cancelled, or ends at its deadline, while its BMC is silent") {
    UdpBmc silent;
    silent.be_silent(true);
    Room room(Engine::Options{});
    const auto node = room.attach(silent.host());
    auto cancelled = room.ask(node, reset);
    room.engine.cancel(node, room.last);
    CHECK(cancelled.get().kind == Kind::cancelled);
    const auto start = std::chrono::steady_clock::now();
    const Outcome late = room.perform(node, reset, 200ms);
    CHECK(std::chrono::steady_clock::now() - start < 1s);
    CHECK(late.error == ErrorClass::unreachable);
    CHECK_FALSE(late.perhaps_done);
}

TEST_CASE("A BMC that was restarted is logged in to again") {
    UdpBmc bmc;
    Engine::Options options = quick();
    options.patience.fresh = 0s;
    options.patience.proof = 200ms;
    Room room(options);
    const auto node = room.attach(bmc.host());
    CHECK(room.perform(node, status).power_on);
    bmc.with([](FakeBmc& fake) { fake.reboot(); });
    CHECK(room.perform(node, reset).kind == Kind::done);
    CHECK(bmc.with([](FakeBmc& fake) { return fake.chassis_controls; }) == Bytes{3});
}

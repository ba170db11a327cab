#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/engine/room.hpp"

using namespace haas::ipmi;
using namespace std::chrono_literals;
using Kind = Outcome::Kind;

TEST_CASE("Stopping closes all sessions and cancels what runs") {
    UdpBmc first;
    UdpBmc second;
    UdpBmc silent;
    silent.be_silent(true);
    Room room;
    CHECK(room.perform(room.attach(first.host()), status).power_on);
    CHECK(room.perform(room.attach(second.host()), status).power_on);
    const auto node = room.attach(silent.host());
    auto waiting = room.ask(node, reset);
    const auto start = std::chrono::steady_clock::now();
    room.stop();
    CHECK(std::chrono::steady_clock::now() - start < 1s);
    CHECK(waiting.get().kind == Kind::cancelled);
    CHECK(first.with(no_session));
    CHECK(second.with(no_session));
    CHECK(room.perform(node, status).kind == Kind::cancelled);
}

TEST_CASE("Stopping or detaching in the middle of a handshake leaves nothing behind on the BMC") {
    // How many datagrams the BMC has got by then: Open Session, RAKP 1, RAKP 3, the command.
    const std::size_t seen = GENERATE(0U, 1U, 2U, 3U, 4U);
    const bool detaches = GENERATE(false, true);
    UdpBmc bmc;
    Room room;
    const auto node = room.attach(bmc.host());
    auto outcome = room.ask(node, status);
    REQUIRE(bmc.reaches([seen](const FakeBmc& fake) { return fake.seen.size() >= seen; }));
    if (detaches) room.engine.detach(node);
    room.stop();
    // A refusal is not answered: it may still be on its way.
    CHECK(bmc.reaches(no_session));
    CHECK(outcome.wait_for(0s) == std::future_status::ready);
}

TEST_CASE("Many sessions are closed at once when the engine stops") {
    std::vector<std::unique_ptr<UdpBmc>> bmcs;
    Room room;
    std::vector<std::future<Outcome>> outcomes;
    for (int i = 0; i < 60; ++i) {
        bmcs.push_back(std::make_unique<UdpBmc>());
        outcomes.push_back(room.ask(room.attach(bmcs.back()->host()), status));
    }
    for (auto& outcome : outcomes) REQUIRE(outcome.get().kind == Kind::done);
    room.stop();
    for (const auto& bmc : bmcs) CHECK(bmc->reaches(no_session));
}

TEST_CASE("A BMC that has died does not hold up the stop") {
    UdpBmc bmc;
    Room room(Engine::Options{});
    CHECK(room.perform(room.attach(bmc.host()), status).power_on);
    bmc.be_silent(true);
    const auto start = std::chrono::steady_clock::now();
    room.stop();
    CHECK(std::chrono::steady_clock::now() - start < 1500ms);
}

TEST_CASE("An engine that is not stopped ends what runs when it goes") {
    UdpBmc silent;
    silent.be_silent(true);
    std::future<Outcome> waiting;
    std::future<Outcome> queued;
    {
        Room room;
        const auto node = room.attach(silent.host());
        waiting = room.ask(node, reset);
        queued = room.ask(node, status);
    }
    CHECK(waiting.get().kind == Kind::cancelled);
    CHECK(queued.get().kind == Kind::cancelled);
}

TEST_CASE("A silent BMC does not keep its turn until it is given up") {
    UdpBmc silent;
    UdpBmc bmc;
    silent.be_silent(true);
    Engine::Options options;
    options.handshakes = 1;
    options.patience.timing.open_session_wait = 300ms;
    Room room(options);
    auto failing = room.ask(room.attach(silent.host()), status);
    CHECK(room.perform(room.attach(bmc.host()), status).power_on);
    CHECK(failing.wait_for(0s) == std::future_status::timeout);
}

TEST_CASE("A BMC that was silent the last time is asked again, and found when it is back") {
    UdpBmc bmc;
    bmc.be_silent(true);
    Room room;
    const auto node = room.attach(bmc.host());
    CHECK(room.perform(node, status).error == ErrorClass::unreachable);
    CHECK(room.perform(node, status).error == ErrorClass::unreachable);
    bmc.be_silent(false);
    CHECK(room.perform(node, status).power_on);
}

TEST_CASE("More BMCs than turns at a handshake all get theirs") {
    std::vector<std::unique_ptr<UdpBmc>> bmcs;
    Engine::Options options = quick();
    options.handshakes = 3;
    Room room(options);
    std::vector<std::future<Outcome>> outcomes;
    for (int i = 0; i < 20; ++i) {
        bmcs.push_back(std::make_unique<UdpBmc>());
        bmcs.back()->be_silent(i % 5 == 0);
        outcomes.push_back(room.ask(room.attach(bmcs.back()->host()), status));
    }
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        CHECK(outcomes[i].get().kind == (i % 5 == 0 ? Kind::failed : Kind::done));
    }
}

namespace {

// Every BMC that has answered once counts as slow.
Engine::Options all_slow(Wait lull, Wait give_way) {
    Engine::Options options = quick();
    options.patience.slow = 0ms;
    options.patience.lull = lull;
    options.patience.give_way = give_way;
    return options;
}

std::size_t requests(UdpBmc& bmc) {
    return bmc.with([](FakeBmc& fake) { return fake.requests.size(); });
}

}  // namespace

TEST_CASE("Slow BMCs that gave way are asked in a lull, or when they have waited for long") {
    const bool in_a_lull = GENERATE(true, false);
    UdpBmc first;
    UdpBmc second;
    Room room(in_a_lull ? all_slow(1ms, 1h) : all_slow(1h, 50ms));
    const auto a = room.attach(first.host());
    const auto b = room.attach(second.host());
    for (int i = 0; i < 3; ++i) {
        auto one = room.ask(a, status);
        auto other = room.ask(b, status);
        CHECK(one.get().power_on);
        CHECK(other.get().power_on);
    }
}

TEST_CASE("A slow BMC is not asked as long as it gives way, and may be no node any more by then") {
    UdpBmc slow;
    UdpBmc other;
    Room room(all_slow(1h, 1h));
    const auto node = room.attach(slow.host());
    REQUIRE(room.perform(node, status).power_on);
    const std::size_t before = requests(slow);
    auto waiting = room.ask(node, reset);
    // By the time that it has answered, the reset has long been taken.
    CHECK(room.perform(room.attach(other.host()), status).power_on);
    CHECK(requests(slow) == before);
    room.engine.detach(node);
    CHECK(waiting.get().kind == Kind::cancelled);
    room.stop();
    CHECK(slow.with([](FakeBmc& fake) { return fake.chassis_controls.empty(); }));
}

TEST_CASE("A BMC that was forgotten while it gave way is not asked when its time comes") {
    UdpBmc forgotten;
    UdpBmc other;
    Room room(all_slow(1h, 20ms));
    const auto stays = room.attach(other.host());
    for (int i = 0; i < 10; ++i) {
        const auto node = room.attach(forgotten.host());
        REQUIRE(room.perform(node, status).power_on);
        auto verb = room.ask(node, reset);
        room.engine.detach(node);
        verb.get();
        // It gives way after the other, and so for longer.
        CHECK(room.perform(stays, status).power_on);
    }
}

TEST_CASE("A BMC whose session was closed while it gave way logs in when its time comes, though nothing else happens") {
    UdpBmc bmc;
    Room room(all_slow(1h, 300ms));
    const auto before = room.attach(bmc.host());
    REQUIRE(room.perform(before, status).power_on);
    auto verb = room.ask(before, reset);
    // Its session is not closed yet when it is a node again: it is the same BMC, and still gives way.
    bmc.be_silent(true);
    room.engine.detach(before);
    auto outcome = room.ask(room.attach(bmc.host()), status, 5s);
    bmc.be_silent(false);
    CHECK(outcome.get().power_on);
    CHECK(verb.get().kind == Kind::cancelled);
}

TEST_CASE("A slow BMC does not wait where there is nobody to give way to") {
    UdpBmc bmc;
    Room room(all_slow(1h, 3s));
    const auto node = room.attach(bmc.host());
    REQUIRE(room.perform(node, status).power_on);
    REQUIRE(room.perform(node, status).power_on);  // gives way to the first, which counted as quick
    bool at_once = false;
    for (int i = 0; i < 3 && !at_once; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        REQUIRE(room.perform(node, status).power_on);
        at_once = std::chrono::steady_clock::now() - begin < 1s;
    }
    CHECK(at_once);
}

TEST_CASE("A stop is over before its deadline, whatever BMCs do not answer") {
    UdpBmc silent;
    Room room(Engine::Options{});
    CHECK(room.perform(room.attach(silent.host()), status).power_on);
    silent.be_silent(true);
    const auto deadline = std::chrono::steady_clock::now() + 500ms;
    std::promise<void> stopped;
    room.engine.stop([&stopped] { stopped.set_value(); }, deadline);
    CHECK(stopped.get_future().wait_until(deadline) == std::future_status::ready);
}

#include <catch2/catch.hpp>

#include <future>
#include <mutex>

#include "plugins/ipmi/engine/engine.hpp"
#include "tests/plugins/ipmi/engine/udp_bmc.hpp"

using namespace haas::ipmi;
using namespace std::chrono_literals;
using Catch::Contains;
using Kind = Outcome::Kind;

namespace {

class Promised final : public Operation {
public:
    Promised(std::uint64_t id, std::uint64_t node, Wish wish, Duration within, std::promise<Outcome> promise)
        : Operation(id, node, wish, std::chrono::steady_clock::now() + within), promise_(std::move(promise)) {}
    void complete(const Outcome& outcome) noexcept override { promise_.set_value(outcome); }

private:
    std::promise<Outcome> promise_;
};

class Collected final : public Observer {
public:
    explicit Collected(std::vector<Facts>& facts) : facts_(facts) {}
    void learnt(const Facts& facts) noexcept override { facts_.push_back(facts); }

private:
    std::vector<Facts>& facts_;
};

// As patient as the real thing, only quicker.
Engine::Options quick() {
    Engine::Options options;
    options.patience.timing.open_session_wait = 150ms;
    options.patience.timing.open_session_growth = 0ms;
    options.patience.timing.rakp_wait = 300ms;
    options.patience.timing.command_wait = 150ms;
    options.patience.timing.command_growth = 0ms;
    options.patience.timing.close_wait = 100ms;
    options.patience.spacing = 0ms;
    return options;
}

// An engine with nodes, asked by a test.
struct Room {
    explicit Room(Engine::Options options = quick()) : engine(options) {}

    std::uint64_t attach(const std::string& host, const std::string& password = "password",
                         const std::string& user = "admin") {
        auto credentials = std::get<Credentials>(Credentials::make(user, password));
        engine.attach(++last, {std::get<HostName>(parse_host(host)), std::move(credentials), {}, {}},
                      std::make_unique<Collected>(facts));
        return last;
    }
    std::future<Outcome> ask(std::uint64_t node, Wish wish, Duration within = 20s) {
        std::promise<Outcome> promise;
        auto future = promise.get_future();
        engine.submit(std::make_unique<Promised>(++last, node, wish, within, std::move(promise)));
        return future;
    }
    Outcome perform(std::uint64_t node, Wish wish, Duration within = 20s) { return ask(node, wish, within).get(); }
    void stop() {
        std::promise<void> stopped;
        engine.stop([&stopped] { stopped.set_value(); });
        stopped.get_future().get();
    }

    std::vector<Facts> facts;  // of all nodes; the engine's until it has stopped
    std::uint64_t last = 0;
    Engine engine;
};

const Wish status = QueryPower{};
const Wish reset = ControlPower{ChassisControl::hard_reset};
const Wish off = ControlPower{ChassisControl::power_down};

bool no_session(const FakeBmc& fake) { return fake.open_sessions() == 0; }

}  // namespace

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

// An engine with nodes, as a test asks it.
#pragma once

#include <future>

#include "plugins/ipmi/engine/engine.hpp"
#include "tests/plugins/ipmi/engine/udp_bmc.hpp"

namespace haas::ipmi {

class Promised final : public Operation {
public:
    Promised(std::uint64_t id, std::uint64_t node, Wish wish, Duration within, std::promise<Outcome> promise)
        : Operation(id, node, std::move(wish), std::chrono::steady_clock::now() + within), promise_(std::move(promise)) {}
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
inline Engine::Options quick() {
    Engine::Options options;
    options.patience.timing.open_session_wait = std::chrono::milliseconds(150);
    options.patience.timing.open_session_growth = std::chrono::milliseconds(0);
    options.patience.timing.rakp_least = std::chrono::milliseconds(300);
    options.patience.timing.rakp_wait = std::chrono::milliseconds(300);
    options.patience.timing.command_wait = std::chrono::milliseconds(150);
    options.patience.timing.command_growth = std::chrono::milliseconds(0);
    options.patience.timing.close_wait = std::chrono::milliseconds(100);
    options.patience.spacing = std::chrono::milliseconds(0);
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
    std::future<Outcome> ask(std::uint64_t node, Wish wish, Duration within = std::chrono::seconds(20)) {
        std::promise<Outcome> promise;
        auto future = promise.get_future();
        engine.submit(std::make_unique<Promised>(++last, node, std::move(wish), within, std::move(promise)));
        return future;
    }
    Outcome perform(std::uint64_t node, Wish wish, Duration within = std::chrono::seconds(20)) {
        return ask(node, std::move(wish), within).get();
    }
    void stop() {
        std::promise<void> stopped;
        engine.stop([&stopped] { stopped.set_value(); });
        stopped.get_future().get();
    }

    std::vector<Facts> facts;  // of all nodes; the engine's until it has stopped
    std::uint64_t last = 0;
    Engine engine;
};

inline const Wish status = QueryPower{};
inline const Wish reset = ControlPower{ChassisControl::hard_reset};
inline const Wish off = ControlPower{ChassisControl::power_down};

inline bool no_session(const FakeBmc& fake) { return fake.open_sessions() == 0; }

}  // namespace haas::ipmi

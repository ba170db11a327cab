// A Bmc with a console, and somebody who looks at it.
#pragma once

#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/engine/simulation.hpp"

namespace haas::ipmi {

inline const Wish status = QueryPower{};
inline const Wish reset = ControlPower{ChassisControl::hard_reset};
inline const Wish off = ControlPower{ChassisControl::power_down};

inline constexpr std::uint64_t node = 1000;

struct Seen final : SolViewer {
    bool data(ByteView bytes) noexcept override {
        printed.append(bytes.begin(), bytes.end());
        return true;
    }
    void gap(std::uint64_t) noexcept override { ++gaps; }
    void state(SolState state, std::string_view sentence) noexcept override {
        states.emplace_back(state, std::string(sentence));
    }
    std::string printed;
    unsigned gaps = 0;
    std::vector<std::pair<SolState, std::string>> states;
};

struct ConsoleSimulation : Simulation {
    explicit ConsoleSimulation(SolOptions options = {}, BmcOptions bmc_options = {})
        : Simulation(std::move(bmc_options)), sol(with_sol(options)) {
        fake.clock = [this] { return now; };
    }

    std::shared_ptr<Result> open_as(Bmc& whom, std::uint64_t who, SolConflict conflict = SolConflict::report,
                                    Duration within = std::chrono::seconds(30)) {
        viewer = std::make_shared<Seen>();
        return ask_of(whom, who, OpenConsole{conflict, viewer}, within);
    }
    Outcome open(SolConflict conflict = SolConflict::report, Duration within = std::chrono::seconds(30)) {
        return await(open_as(bmc, node, conflict, within));
    }
    std::shared_ptr<Result> console(Wish wish, Duration within = std::chrono::seconds(30)) { return ask_of(bmc, node, std::move(wish), within); }
    std::shared_ptr<Result> type(std::string_view text, Duration within = std::chrono::seconds(30)) {
        return console(WriteConsole{Bytes(text.begin(), text.end())}, within);
    }
    Outcome close(Duration within = std::chrono::seconds(10)) { return await(console(CloseConsole{}, within)); }
    bool reach(SolState state) {
        const Time end = now + std::chrono::minutes(10);
        while (now < end) {
            if (!viewer->states.empty() && viewer->states.back().first == state) return true;
            pass(std::chrono::milliseconds(10));
        }
        return false;
    }

    FakeSol& sol;
    std::shared_ptr<Seen> viewer;
};

}  // namespace haas::ipmi

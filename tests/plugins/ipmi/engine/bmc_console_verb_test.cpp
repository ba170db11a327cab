// Verbs beside a console that prints as fast as it can: they come first, once, and nothing that is printed is lost.
#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/engine/console_simulation.hpp"

using namespace haas::ipmi;
using namespace std::chrono_literals;
using Kind = Outcome::Kind;

namespace {

// Prints at 115,200 baud as long as the test lasts.
struct Busy : ConsoleSimulation {
    Busy() {
        REQUIRE(open().kind == Kind::done);
        REQUIRE(perform(status).kind == Kind::done);
    }
    // Passes time, and prints all the while.
    void print_for(Duration time) {
        for (Duration passed{}; passed < time; passed += 10ms) {
            const std::string text = "line " + std::to_string(++lines) + std::string(100, '.') + "\r\n";
            all += text;
            sol.print(text);
            pass(10ms);
        }
    }
    const Outcome& await_printing(const std::shared_ptr<Result>& result) {
        while (!result->outcome) print_for(10ms);
        return *result->outcome;
    }
    bool printed_all() {
        pass(3s);
        return viewer->printed == all && viewer->gaps == 0;
    }
    int lines = 0;
    std::string all;
};

}  // namespace

TEST_CASE("power is served while the console prints at full rate, and nothing of that is lost") {
    Busy sim;
    for (int i = 0; i < 20; ++i) {
        sim.print_for(300ms);
        const Time asked = sim.now;
        const auto result = sim.ask(i % 2 == 0 ? reset : status);
        CHECK(sim.await_printing(result).kind == Kind::done);
        CHECK(result->at - asked <= 30ms);
    }
    CHECK(sim.fake.chassis_controls.size() == 10);
    CHECK(sim.printed_all());
    CHECK(sim.handshakes() == 1);
}

TEST_CASE("a verb that is lost beside a busy console is sent again while the BMC still bears its number") {
    Busy sim;
    std::optional<std::uint32_t> lost;
    std::uint32_t highest = 0;
    std::vector<std::uint32_t> behind;
    sim.lose_request = [&](std::size_t, ByteView datagram) {
        const auto header = peek_rmcpp_header(datagram);
        if (header->sequence == lost) behind.push_back(highest - header->sequence);
        highest = std::max(highest, header->sequence);
        // Chassis Control is the first payload of type IPMI here.
        if (!lost && header->type == PayloadType::ipmi) {
            lost = header->sequence;
            return true;
        }
        return false;
    };
    const auto result = sim.ask(reset);
    CHECK(sim.await_printing(result).kind == Kind::done);
    CHECK(sim.fake.chassis_controls == Bytes{3});
    REQUIRE(behind.size() == 1);
    CHECK(behind[0] < 8);
    CHECK(sim.printed_all());
}

TEST_CASE("a verb whose answer is lost beside a busy console is not carried out twice, and its success is seen") {
    Busy sim;
    bool lost = false;
    sim.lose_answer = [&](std::size_t, ByteView datagram) {
        if (lost || sim.fake.chassis_controls.empty() || peek_rmcpp_header(datagram)->type != PayloadType::ipmi) return false;
        return lost = true;
    };
    const auto result = sim.ask(off);
    CHECK(sim.await_printing(result).kind == Kind::done);
    CHECK(lost);
    CHECK(sim.fake.chassis_controls == Bytes{0});
    CHECK(sim.printed_all());
}

TEST_CASE("a verb whose answer takes long holds the console back for a moment only") {
    Busy sim;
    sim.answer_takes = [&](ByteView datagram) {
        return peek_rmcpp_header(datagram)->type == PayloadType::ipmi && !sim.fake.chassis_controls.empty() ? Duration(500ms)
                                                                                                          : Duration{};
    };
    const auto result = sim.ask(reset);
    sim.print_for(450ms);
    CHECK_FALSE(result->outcome);
    const std::size_t held = sim.viewer->printed.size();
    CHECK(held < sim.all.size());
    sim.print_for(450ms);
    // Held back for less than the repeats of a BMC last.
    CHECK(sim.viewer->printed.size() > held + 4000);
    CHECK(sim.await_printing(result).kind == Kind::done);
    CHECK(sim.fake.chassis_controls == Bytes{3});
    sim.answer_takes = [](ByteView) { return Duration{}; };
    CHECK(sim.printed_all());
}

TEST_CASE("one in a hundred datagrams lost, either way: the console is whole, and power is answered") {
    constexpr unsigned runs = 4;
    constexpr unsigned resets = 100;  // of a run
    std::size_t done_in_all = 0;
    for (unsigned run = 0; run < runs; ++run) {
        Busy sim;
        FixedRandom chance(17 + run);
        sim.weather = [&] {
            std::uint8_t draw[2];
            chance.fill(draw);
            Fate fate;
            fate.lost = draw[0] < 3;
            fate.twice = draw[1] < 3;
            return fate;
        };
        std::size_t done = 0;
        std::size_t unknown = 0;
        for (unsigned i = 0; i < 2 * resets; ++i) {
            const auto result = sim.ask(i % 2 == 0 ? reset : status);
            const Outcome& outcome = sim.await_printing(result);
            done += outcome.kind == Kind::done && i % 2 == 0;
            unknown += outcome.kind != Kind::done && i % 2 == 0;
            sim.print_for(200ms);
        }
        sim.weather = [] { return Fate{}; };
        // Each was carried out once: what was lost on its way was sent again, and only lost answers are unknown.
        CHECK(sim.fake.chassis_controls.size() == resets);
        CHECK(done + unknown == resets);
        CHECK(sim.printed_all());
        CHECK(sim.handshakes() == 1);
        done_in_all += done;
    }
    CHECK(done_in_all >= runs * resets * 96 / 100);
}

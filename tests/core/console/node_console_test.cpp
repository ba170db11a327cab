#include "core/console/node_console.hpp"

#include <catch2/catch.hpp>

#include "tests/core/console/console_house.hpp"

using namespace haas;
using namespace haas::console;
using namespace std::chrono_literals;
using driver::ConsoleConflict;
using haas::node::machine;

namespace {

// The console of n1, by itself.
struct Alone : ConsoleHouse {
    Alone() {
        REQUIRE(add("n1"));
        start();
        make();
    }
    void make() {
        const auto ask = [this](ConsoleConflict conflict, driver::ConsoleListener listener,
                                driver::Completion<std::unique_ptr<driver::Console>> done) {
            registry.open_console("n1", conflict, std::move(listener), std::move(done));
        };
        const auto recorder = [this](const std::optional<Error>& error) { troubles.push_back(error ? error->message : ""); };
        console = std::make_unique<NodeConsole>(
            NodeConsole::Rooms{loop, *history, &std::chrono::system_clock::now, ask, recorder, [this] { ++idle; }}, "n1",
            NodeConsole::Options{});
    }
    Result<void> open(ConsoleConflict conflict) {
        return await([&](auto done) { console->open(conflict, done); });
    }

    std::vector<std::string> troubles;
    int idle = 0;
    std::unique_ptr<NodeConsole> console;
};

}  // namespace

TEST_CASE("a console that the driver has lost to somebody is taken back only when that is asked for") {
    Alone house;
    REQUIRE(house.open(ConsoleConflict::report));
    const auto viewer = house.console->hub().view("alice", {}, Hub::Slow::skips, nullptr);
    machine("n1").console->state(obm::ConsoleState::stolen, "root at 10.0.0.7");
    house.loop.run();
    // The driver asks for it by itself; it is not opened a second time.
    house.loop.advance(1min);
    CHECK(machine("n1").count("open_console") == 1);
    const Result<void> asked = house.open(ConsoleConflict::report);
    REQUIRE_FALSE(asked);
    CHECK(asked.error().code == Errc::busy);
    CHECK(asked.error().message.find("root at 10.0.0.7") != std::string::npos);
    REQUIRE(house.open(ConsoleConflict::steal));
    CHECK(machine("n1").count("open_console") == 2);
    CHECK(house.console->hub().connected());
}

TEST_CASE("who wants to take it while it is asked for takes it right after") {
    Alone house;
    machine("n1").console_owner = "10.0.0.9";
    std::optional<Result<void>> polite, rude;
    house.console->open(ConsoleConflict::report, [&](const Result<void>& result) { polite = result; });
    house.loop.post([&] { house.console->open(ConsoleConflict::steal, [&](const Result<void>& result) { rude = result; }); });
    house.loop.advance(1s);
    REQUIRE(rude);
    CHECK(rude->has_value());
    CHECK(house.is_open("n1"));
    // It was taken once: the next attempt, of a console that was lost, is polite again.
    CHECK(machine("n1").count("open_console") <= 2);
}

TEST_CASE("a viewer who came while it was closing finds it open again") {
    Alone house;
    REQUIRE(house.open(ConsoleConflict::report));
    house.loop.advance(11s);
    CHECK_FALSE(house.is_open("n1"));
    CHECK(house.idle > 0);
    const auto viewer = house.console->hub().view("alice", {}, Hub::Slow::skips, nullptr);
    house.console->nudge();
    house.loop.advance(1s);
    CHECK(house.is_open("n1"));
}

TEST_CASE("a history that cannot be opened is tried again, and the console is open all the same for who looks") {
    Alone house;
    std::unique_ptr<History::Recording> other;
    house.history->record("n1", nullptr, [&](Result<std::unique_ptr<History::Recording>> recording) { other = std::move(recording.value()); });
    REQUIRE(house.loop.run_until([&] { return other != nullptr; }));
    house.console->record(true, "alice", ConsoleConflict::report);
    REQUIRE(house.eventually([&] { return !house.troubles.empty(); }));
    CHECK_FALSE(house.is_open("n1"));
    REQUIRE(house.open(ConsoleConflict::report));
    CHECK_FALSE(house.console->hub().state().recorded);
    other.reset();
    REQUIRE(house.eventually([&] { return house.console->hub().state().recorded; }));
}

TEST_CASE("who waits for an answer gets one when it is closed for good") {
    Alone house;
    machine("n1").hold = true;
    std::optional<Result<void>> answer;
    house.console->open(ConsoleConflict::report, [&](const Result<void>& result) { answer = result; });
    house.loop.run();
    SECTION("by closing") {
        bool closed = false;
        house.console->close(house.loop.now() + 1s, [&] { closed = true; });
        machine("n1").release();
        house.loop.advance(2s);
        CHECK(closed);
        CHECK_FALSE(house.is_open("n1"));
    }
    SECTION("by its end") {
        house.console.reset();
        machine("n1").release();
        house.loop.run();
    }
    REQUIRE(answer);
}

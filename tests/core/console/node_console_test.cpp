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
            ++asks;
            registry.open_console("n1", conflict, std::move(listener), std::move(done));
        };
        const auto recorder = [this](const std::optional<Error>& error) { troubles.push_back(error ? error->message : ""); };
        console = std::make_unique<NodeConsole>(
            NodeConsole::Rooms{loop, *history, &std::chrono::system_clock::now, ask, recorder, {}, [this] { ++idle; }}, "n1",
            NodeConsole::Options{});
    }
    Result<void> open(ConsoleConflict conflict) {
        return await([&](auto done) {
            console->open(conflict, nullptr, [done, this](const Result<bool>& opened) {
                taken_by_force = opened && *opened;
                done(opened ? Result<void>() : Result<void>(tl::unexpected(opened.error())));
            });
        });
    }

    std::vector<std::string> troubles;
    int idle = 0;
    int asks = 0;
    bool taken_by_force = false;
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
    machine("n1").console_owner = "root at 10.0.0.7";
    REQUIRE(house.open(ConsoleConflict::steal));
    CHECK(house.taken_by_force);
    CHECK(machine("n1").console_owner.empty());
    // Nothing is taken where nobody has it.
    REQUIRE(house.open(ConsoleConflict::steal));
    CHECK_FALSE(house.taken_by_force);
    CHECK(house.console->hub().connected());
}

TEST_CASE("who wants to take it while it is asked for takes it right after") {
    Alone house;
    machine("n1").console_owner = "10.0.0.9";
    std::optional<Result<bool>> polite, rude;
    house.console->open(ConsoleConflict::report, nullptr, [&](const Result<bool>& result) { polite = result; });
    house.loop.post([&] { house.console->open(ConsoleConflict::steal, nullptr, [&](const Result<bool>& result) { rude = result; }); });
    house.loop.advance(1s);
    REQUIRE(rude);
    CHECK(rude->value());
    CHECK(house.is_open("n1"));
    // It was taken once: the next attempt, of a console that was lost, is polite again.
    CHECK(machine("n1").count("open_console") <= 2);
}

TEST_CASE("who has lost the right meanwhile takes nothing") {
    Alone house;
    machine("n1").console_owner = "10.0.0.9";
    std::optional<Result<bool>> rude;
    bool may = true;
    house.console->open(ConsoleConflict::steal, [&] { return may; }, [&](const Result<bool>& result) { rude = result; });
    may = false;
    house.loop.advance(1s);
    REQUIRE(rude);
    CHECK(rude->error().code == Errc::busy);
    CHECK(machine("n1").console_owner == "10.0.0.9");
}

TEST_CASE("what is refused for good is not asked for again by itself, whatever its kind") {
    const auto status = GENERATE(obm::Status::credentials, obm::Status::privilege, obm::Status::cipher);
    Alone house;
    machine("n1").mishaps["open_console"].push_back({obm::Failure(status, "refused", obm::Effect::none, obm::Final::yes)});
    const auto viewer = house.console->hub().view("alice", {}, Hub::Slow::skips, nullptr);
    CHECK_FALSE(house.open(ConsoleConflict::report));
    house.loop.advance(1h);
    CHECK(house.asks == 1);
    house.retry("n1");
    house.console->nudge();
    house.loop.advance(1s);
    CHECK(house.asks == 2);
    CHECK(house.is_open("n1"));
}

TEST_CASE("closing for good does not wait for a console that is being opened") {
    Alone house;
    machine("n1").hold = true;
    std::optional<Result<bool>> answer;
    house.console->open(ConsoleConflict::report, nullptr, [&](const Result<bool>& result) { answer = result; });
    house.loop.run();
    bool closed = false;
    house.console->close(house.loop.now() + 1s, [&] { closed = true; });
    house.loop.run();
    CHECK(closed);
    REQUIRE(answer);
    CHECK(answer->error().code == Errc::cancelled);
    // What comes of it is closed behind us.
    machine("n1").release();
    house.loop.run();
    CHECK_FALSE(house.is_open("n1"));
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
    std::optional<Result<bool>> answer;
    house.console->open(ConsoleConflict::report, nullptr, [&](const Result<bool>& result) { answer = result; });
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

#include "core/console/hub.hpp"

#include <catch2/catch.hpp>

#include "tests/core/console/fake_line.hpp"
#include "tests/core/console/faulty_files.hpp"
#include "tests/core/console/reading.hpp"

using namespace haas::console;
using haas::Errc;
using haas::driver::ConsoleState;
using namespace std::chrono_literals;

TEST_CASE("every viewer sees what comes from when he came, a burst by one call") {
    Desk desk;
    desk.connect();
    const auto first = desk.view("alice");
    desk.print("one ");
    desk.print("two ");
    desk.loop.run();
    CHECK(first->text == "one two ");
    CHECK(first->calls == 1);
    const auto second = desk.view("bob");
    const auto third = desk.view("carol", {.bytes = 4});
    desk.print("three");
    desk.loop.run();
    CHECK(first->text == "one two three");
    CHECK(second->text == "three");
    CHECK(third->text == "two three");
    CHECK(desk.hub->state().viewers == std::vector<std::string>{"alice", "bob", "carol"});
}

TEST_CASE("a viewer who takes little at a time is not called before he has taken everything") {
    Desk desk;
    desk.connect();
    const auto screen = desk.view("alice");
    screen->stalled = true;
    desk.print("0123456789");
    desk.loop.run();
    CHECK(screen->calls == 1);
    screen->read(4);
    desk.print("abc");
    desk.loop.run();
    CHECK(screen->calls == 1);
    screen->read();
    CHECK(screen->text == "0123456789abc");
    desk.print("def");
    desk.loop.run();
    CHECK(screen->calls == 2);
}

TEST_CASE("fifty viewers, one of them stalled: the rest are live, and he is told what he missed") {
    Desk desk;
    desk.connect();
    std::vector<std::shared_ptr<Screen>> screens;
    for (int i = 0; i < 50; ++i) screens.push_back(desk.view("v" + std::to_string(i)));
    screens[7]->stalled = true;
    std::string all;
    for (int i = 0; i < 100; ++i) {
        const std::string text(5000, static_cast<char>('a' + i % 26));
        all += text;
        desk.print(text);
        desk.clock += 1s;
        desk.loop.run();
    }
    for (std::size_t i = 0; i < screens.size(); ++i) {
        if (i != 7) REQUIRE(screens[i]->text == all);
    }
    CHECK(screens[7]->calls == 1);
    const auto pieces = screens[7]->viewer->take(1'000'000);
    REQUIRE(pieces.front().kind == Kind::missing);
    std::string rest;
    for (const Piece& piece : pieces) rest += piece.kind == Kind::data ? piece.text : "";
    CHECK(pieces.front().lost + rest.size() == all.size());
    CHECK(rest == all.substr(pieces.front().lost));
    CHECK(rest.size() > 60'000);
}

TEST_CASE("a slow viewer who does not want gaps is told to go") {
    Desk desk;
    desk.connect();
    const auto screen = desk.view("alice", {}, Hub::Slow::leaves);
    screen->stalled = true;
    for (int i = 0; i < 30; ++i) desk.print(std::string(4096, 'x'));
    desk.loop.run();
    CHECK(screen->calls == 1);
    REQUIRE(screen->viewer->gone());
    CHECK(*screen->viewer->gone() == "too slow for this console's output");
    CHECK(screen->viewer->take(100).empty());
}

TEST_CASE("a viewer who was called, stalled, and then lagged is called once more to go") {
    Desk desk;
    desk.connect();
    const auto screen = desk.view("alice", {}, Hub::Slow::leaves);
    screen->stalled = true;
    desk.print("x");
    desk.loop.run();
    CHECK(screen->calls == 1);
    for (int i = 0; i < 30; ++i) desk.print(std::string(4096, 'x'));
    desk.loop.run();
    CHECK(screen->calls == 2);
    desk.print("more");
    desk.loop.run();
    CHECK(screen->calls == 2);
}

TEST_CASE("viewers who leave from inside their call, and take others with them") {
    Desk desk;
    desk.connect();
    std::unique_ptr<Viewer> one, two;
    int calls = 0;
    const auto leave = [&] {
        ++calls;
        one.reset();
        two.reset();
    };
    one = std::move(desk.hub->view("one", {}, Hub::Slow::skips, leave).value());
    two = std::move(desk.hub->view("two", {}, Hub::Slow::skips, leave).value());
    desk.print("x");
    desk.loop.run();
    CHECK(calls == 1);
    CHECK(desk.hub->state().viewers.empty());
}

TEST_CASE("the hub goes from inside a viewer's call, and its viewers are told") {
    Desk desk;
    desk.connect();
    const auto other = desk.view("other");
    int calls = 0;
    const auto viewer = std::move(desk.hub->view("v", {}, Hub::Slow::skips, [&] {
        if (++calls == 1) desk.hub.reset();
    }).value());
    desk.print("x");
    desk.loop.run();
    CHECK(calls == 2);
    CHECK(viewer->gone() == "the console is closed");
    CHECK(other->viewer->gone());
    CHECK(viewer->take(10).empty());
    CHECK(viewer->grab(true).error().code == Errc::state);
    CHECK_FALSE(viewer->may_type());
}

TEST_CASE("the state follows the driver's events, and viewers see each change") {
    Desk desk;
    CHECK_FALSE(desk.hub->state().connected);
    const auto screen = desk.view("alice");
    desk.hub->disconnect({Errc::busy, "10.0.0.9 has the console", haas::Effect::none});
    CHECK(desk.hub->state().owner == "10.0.0.9 has the console");
    CHECK(desk.hub->state().last_error == "10.0.0.9 has the console");
    desk.clock += 5s;
    desk.connect();
    CHECK(desk.hub->state().connected);
    CHECK(desk.hub->state().owner.empty());
    CHECK(desk.hub->state().since_ms == 1'700'000'005'000);
    desk.change(ConsoleState::unavailable, "the host is off");
    CHECK(desk.hub->state().connected);
    CHECK(desk.hub->state().why == "the host is off");
    desk.hub->take({haas::driver::ConsoleGap{17}, haas::driver::ConsoleGap{0}});
    CHECK(desk.hub->state().gaps == 2);
    CHECK(desk.hub->state().lost == 17);
    desk.clock += 5s;
    desk.change(ConsoleState::stolen, "taken by root at 10.0.0.7");
    CHECK_FALSE(desk.hub->state().connected);
    CHECK(desk.hub->state().owner == "taken by root at 10.0.0.7");
    CHECK(desk.hub->state().since_ms == 1'700'000'010'000);
    desk.change(ConsoleState::connected);
    CHECK(desk.hub->state().owner.empty());
    desk.change(ConsoleState::disconnected, "no answer");
    desk.hub->note(Kind::power, "on by alice");
    desk.change(ConsoleState::ended, "the node was removed");
    desk.loop.run();
    CHECK(screen->text == "<disconnected:10.0.0.9 has the console><connected:><unavailable:the host is off><gap:><gap:><stolen:taken by root at 10.0.0.7>"
                          "<connected:><disconnected:no answer><power:on by alice><disconnected:the node was removed>");
}

namespace {

struct RecordedDesk : Desk {
    RecordedDesk() {
        history = std::make_unique<History>(std::make_unique<FaultyFiles>(), History::Options{}, loop, [this] { return clock; });
        history->record("n1", [this](const auto& trouble) { hub->note_trouble(trouble); }, [this](auto recording) {
            hub->record(std::move(recording.value()), "alice");
            recording_begun = true;
        });
        if (!loop.run_until([this] { return recording_begun; })) throw std::runtime_error("not opened");
    }
    std::vector<Entry> stored() {
        bool flushed = false;
        history->flush([&] { flushed = true; });
        if (!loop.run_until([&] { return flushed; })) throw std::runtime_error("not flushed");
        std::optional<Page> page;
        history->read("n1", FromOffset{0}, 1'000'000, [&](auto result) { page = std::move(result.value()); });
        if (!loop.run_until([&] { return page.has_value(); })) throw std::runtime_error("not read");
        last = page->next;
        return page->entries;
    }
    std::unique_ptr<History> history;
    Place last;
    bool recording_begun = false;
};

}  // namespace

TEST_CASE("what comes is recorded, with its markers, until recording stops") {
    RecordedDesk desk;
    CHECK(desk.hub->state().recorded);
    desk.connect();
    desk.print("boot\n");
    desk.hub->take({haas::driver::ConsoleGap{3}});
    desk.print("login: ");
    desk.hub->note(Kind::power, "reset by alice");
    desk.change(ConsoleState::disconnected, "no answer");
    desk.hub->stop_recording("bob");
    CHECK_FALSE(desk.hub->state().recorded);
    desk.print("unseen");
    std::string text;
    for (const Entry& entry : desk.stored()) {
        text += entry.kind == Kind::data ? entry.text : "<" + std::string(name(entry.kind)) + ":" + entry.text + ">";
    }
    CHECK(text == "<capture_on:alice><connected:>boot\n<gap:>login: <power:reset by alice>"
                  "<disconnected:no answer><capture_off:bob>");
}

TEST_CASE("a reader of the history goes on live, without a byte lost or doubled") {
    RecordedDesk desk;
    desk.connect();
    std::string all;
    std::shared_ptr<Screen> screen;
    std::string read;
    for (int i = 0; i < 60; ++i) {
        const std::string text(1 + static_cast<std::size_t>(i * 37 % 900), static_cast<char>('a' + i % 26));
        all += text;
        desk.print(text);
        desk.clock += 20ms;
        // The switch comes in the middle, when the last of what came is not on disk yet.
        if (i == 30) read = bytes_of(desk.stored());
        if (i == 33) screen = desk.view("alice", {.bytes = 0, .behind = desk.last.offset});
        desk.loop.run();
    }
    CHECK(read.size() > 10'000);
    CHECK(read + screen->text == all);
}

TEST_CASE("one who has read too little of the history for the ring is told to read on") {
    RecordedDesk desk;
    desk.connect();
    for (int i = 0; i < 40; ++i) desk.print(std::string(4096, 'x'));
    const auto refused = desk.hub->view("alice", {.bytes = 0, .behind = 100}, Hub::Slow::skips, nullptr);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::not_found);
}

TEST_CASE("trouble with the disk shows in the state") {
    RecordedDesk desk;
    desk.hub->note_trouble(haas::Error{Errc::internal, "No space left on device", haas::Effect::none});
    CHECK_FALSE(desk.hub->state().recorded);
    CHECK(desk.hub->state().last_error == "No space left on device");
    desk.hub->note_trouble(std::nullopt);
    CHECK(desk.hub->state().recorded);
}

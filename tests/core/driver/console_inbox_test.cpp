#include "core/driver/console_inbox.hpp"

#include <atomic>
#include <thread>

#include <catch2/catch.hpp>

using namespace haas::driver;

namespace {

struct Inbox {
    Inbox() { inbox.open(1); }
    bool print(const std::string& bytes, std::uint64_t console = 1) {
        const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
        const haas_obm_console_event event{sizeof(event), HAAS_OBM_CONSOLE_DATA, 0, data, bytes.size(), 0, {nullptr, 0}};
        return inbox.put(console, &event);
    }
    bool lose(std::uint64_t lost) {
        const haas_obm_console_event event{sizeof(event), HAAS_OBM_CONSOLE_GAP, 0, nullptr, 0, lost, {nullptr, 0}};
        return inbox.put(1, &event);
    }
    bool change(std::uint32_t state, const std::string& why) {
        const haas_obm_console_event event{
            sizeof(event), HAAS_OBM_CONSOLE_STATE, state, nullptr, 0, 0, {why.data(), why.size()}};
        return inbox.put(1, &event);
    }
    std::vector<ConsoleEvent> events() { return inbox.take(1).events; }

    std::atomic<int> announced{0};
    ConsoleInbox inbox{"test", [this](std::uint64_t) { ++announced; }};
};

const std::string piece(Console::most_bytes, 'a');
constexpr std::size_t pieces = Console::most_waiting / Console::most_bytes;

}  // namespace

TEST_CASE("what waits is announced once until it is taken") {
    Inbox one;
    one.print("a");
    one.print("b");
    CHECK(one.announced == 1);
    CHECK(one.events() == std::vector<ConsoleEvent>{ConsoleData{"ab"}});
    CHECK(one.events().empty());
    one.print("c");
    CHECK(one.announced == 2);
}

TEST_CASE("a driver that is told to pause stays told until what waits is taken") {
    Inbox one;
    for (std::size_t i = 1; i < pieces; ++i) REQUIRE_FALSE(one.print(piece));
    CHECK(one.print(piece));
    CHECK(one.change(HAAS_OBM_CONSOLE_CONNECTED, ""));
    const ConsoleInbox::Taken taken = one.inbox.take(1);
    CHECK(taken.paused);
    CHECK_FALSE(one.print("x"));
    CHECK_FALSE(one.inbox.take(1).paused);
}

TEST_CASE("one that goes on all the same loses what is too much, and the count is kept") {
    Inbox one;
    for (std::size_t i = 0; i < 2 * pieces; ++i) one.print(piece);
    for (int i = 0; i < 1000; ++i) {
        one.print(piece);
        one.change(HAAS_OBM_CONSOLE_DISCONNECTED, std::to_string(i));
    }
    one.lose(11);
    std::vector<ConsoleEvent> events = one.events();
    REQUIRE(events.size() == 3);
    CHECK(std::get<ConsoleData>(events[0]).bytes.size() == 2 * Console::most_waiting);
    CHECK(std::get<ConsoleGap>(events[1]).lost == 1000 * piece.size() + 11);
    CHECK(events[2] == ConsoleEvent(ConsoleChange{ConsoleState::disconnected, "999"}));

    for (std::size_t i = 0; i <= 2 * pieces; ++i) one.print(piece);
    one.lose(0);
    one.lose(5);
    CHECK(one.events().back() == ConsoleEvent(ConsoleGap{0}));
}

TEST_CASE("a flood of states and gaps is bounded") {
    Inbox one;
    for (int i = 0; i < 200'000; ++i) {
        one.change(HAAS_OBM_CONSOLE_DISCONNECTED, "for the " + std::to_string(i) + "th time");
        one.lose(1);
    }
    const std::vector<ConsoleEvent> events = one.events();
    CHECK(events.size() < 2 * Console::most_waiting / sizeof(ConsoleEvent) + 3);
    CHECK(std::get<ConsoleChange>(events.back()).sentence == "for the 199999th time");
    std::uint64_t lost = 0;
    for (const ConsoleEvent& event : events) {
        if (const auto* gap = std::get_if<ConsoleGap>(&event)) lost += gap->lost;
    }
    CHECK(lost == 200'000);
}

TEST_CASE("events that make no sense are dropped") {
    Inbox one;
    const std::uint8_t byte = 'x';
    const haas_obm_console_event good{sizeof(good), HAAS_OBM_CONSOLE_DATA, 0, &byte, 1, 0, {nullptr, 0}};
    haas_obm_console_event bad = good;
    SECTION("a small table") { bad.struct_size = sizeof(bad) - 1; }
    SECTION("a wild kind") { bad.kind = 4711; }
    SECTION("a wild state") {
        bad.kind = HAAS_OBM_CONSOLE_STATE;
        bad.state = 4711;
    }
    SECTION("no bytes") { bad.bytes = nullptr; }
    SECTION("no size") { bad.size = 0; }
    SECTION("a wild size") { bad.size = std::uint64_t{1} << 60; }
    SECTION("nothing at all") { CHECK_FALSE(one.inbox.put(1, nullptr)); }
    if (bad.struct_size != good.struct_size || bad.kind != good.kind || bad.bytes != good.bytes || bad.size != good.size) {
        CHECK_FALSE(one.inbox.put(1, &bad));
    }
    CHECK(one.announced == 0);
    CHECK(one.events().empty());
    CHECK_FALSE(one.inbox.put(1, &good));
    CHECK(one.events().size() == 1);
}

TEST_CASE("a sentence is valid text of a bounded length, and there") {
    Inbox one;
    one.change(HAAS_OBM_CONSOLE_STOLEN, "by \xff");
    one.change(HAAS_OBM_CONSOLE_STOLEN, std::string(100'000, 'x'));
    one.change(HAAS_OBM_CONSOLE_STOLEN, "");
    one.change(HAAS_OBM_CONSOLE_CONNECTED, "");
    const std::vector<ConsoleEvent> events = one.events();
    REQUIRE(events.size() == 4);
    CHECK(std::get<ConsoleChange>(events[0]).sentence == "by \xef\xbf\xbd");
    CHECK(std::get<ConsoleChange>(events[1]).sentence.size() == 1024);
    CHECK(std::get<ConsoleChange>(events[2]).sentence == "the driver gave no reason");
    CHECK(std::get<ConsoleChange>(events[3]).sentence.empty());
}

TEST_CASE("a console that is closed, muted, or of a driver that was left behind takes nothing") {
    Inbox one;
    one.print("x");
    SECTION("closed") {
        one.inbox.close(1);
        CHECK_FALSE(one.print("y"));
        CHECK_FALSE(one.print("y", 2));
    }
    SECTION("muted") {
        one.inbox.mute(1);
        CHECK_FALSE(one.print("y"));
    }
    SECTION("shut") {
        one.inbox.shut();
        CHECK(one.print("y"));
        one.inbox.open(1);
        CHECK(one.print("y"));
    }
    CHECK(one.events().empty());
    CHECK(one.announced == 1);
}

TEST_CASE("threads of several consoles put while the loop takes, and each console has all of its own") {
    constexpr std::uint64_t consoles = 4;
    constexpr int rounds = 20'000;
    Inbox one;
    for (std::uint64_t id = 2; id <= consoles; ++id) one.inbox.open(id);
    std::vector<std::thread> threads;
    std::atomic<unsigned> running{consoles};
    for (std::uint64_t id = 1; id <= consoles; ++id) {
        threads.emplace_back([&, id] {
            for (int i = 0; i < rounds; ++i) one.print(std::string(1, static_cast<char>('a' + i % 26)), id);
            --running;
        });
    }
    std::vector<std::string> all(consoles + 1);
    const auto collect = [&] {
        for (std::uint64_t id = 1; id <= consoles; ++id) {
            for (const ConsoleEvent& event : one.inbox.take(id).events) all[id] += std::get<ConsoleData>(event).bytes;
        }
    };
    while (running > 0) collect();
    for (std::thread& thread : threads) thread.join();
    collect();
    std::string expected;
    for (int i = 0; i < rounds; ++i) expected.push_back(static_cast<char>('a' + i % 26));
    for (std::uint64_t id = 1; id <= consoles; ++id) CHECK((all[id] == expected));
}

// The console's operations without a BMC: which one ends how, and who is told what.
#include "plugins/ipmi/engine/console.hpp"

#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/session/fixed_random.hpp"
#include "tests/plugins/ipmi/wire/hex.hpp"

using namespace haas::ipmi;
using namespace std::chrono_literals;
using Kind = Outcome::Kind;

namespace {

struct Ended {
    std::uint64_t id = 0;
    Outcome outcome;
};

class Noted final : public Operation {
public:
    Noted(std::uint64_t id, Wish wish, Time deadline, std::vector<Ended>& ended)
        : Operation(id, 7, std::move(wish), deadline), ended_(ended) {}
    void complete(const Outcome& outcome) noexcept override { ended_.push_back({id(), outcome}); }

private:
    std::vector<Ended>& ended_;
};

struct Told final : SolViewer {
    bool data(ByteView) noexcept override {
        ++events;
        return true;
    }
    void gap(std::uint64_t) noexcept override { ++events; }
    void state(SolState, std::string_view) noexcept override { ++events; }
    int events = 0;
};

struct Desk {
    Desk()
        : console(7, timing, random, {},
                  [](std::unique_ptr<Operation> one, const Outcome& outcome) { one->complete(outcome); }) {}

    std::uint64_t ask(Wish wish, Duration within = 10s) {
        console.submit(std::make_unique<Noted>(++last, std::move(wish), now + within, ended), now);
        return last;
    }
    void open() {
        ask(OpenConsole{SolConflict::report, viewer});
        REQUIRE(console.machine().next_request(now)->request.command == 0x48);
        console.machine().answered(0, from_hex("00000000 0600 0600 6f02 ffff"), session, now);
        REQUIRE(ended.back().outcome.kind == Kind::done);
        ended.clear();
    }
    const Outcome& only(std::uint64_t id) {
        REQUIRE(ended.size() == 1);
        REQUIRE(ended[0].id == id);
        return ended[0].outcome;
    }

    Time now{std::chrono::hours(1)};
    SolConsole::Timing timing;
    FixedRandom random{1};
    SolSession session{1, 2};
    std::shared_ptr<Told> viewer = std::make_shared<Told>();
    std::vector<Ended> ended;
    std::uint64_t last = 0;
    Console console;
};

const Wish typing = WriteConsole{Bytes{'a', 'b', 'c', 'd'}};

}  // namespace

TEST_CASE("the console takes its own operations, and no others") {
    CHECK(Console::takes(OpenConsole{}));
    CHECK(Console::takes(typing));
    CHECK(Console::takes(SendBreak{}));
    CHECK(Console::takes(ResumeConsole{}));
    CHECK(Console::takes(CloseConsole{}));
    CHECK_FALSE(Console::takes(QueryPower{}));
    CHECK_FALSE(Console::takes(BareCommand{}));
    CHECK(Console::without_console(CloseConsole{}).kind == Kind::done);
    CHECK(Console::without_console(ResumeConsole{}).kind == Kind::done);
    CHECK(Console::without_console(typing).error == ErrorClass::state);
}

TEST_CASE("a write ends with what was taken, however it ends") {
    Desk desk;
    desk.open();
    const std::uint64_t id = desk.ask(typing);
    // Two characters a packet: the first is acknowledged, the second is under way.
    Bytes packet;
    REQUIRE(desk.console.machine().transmit(desk.now, packet));
    desk.console.machine().receive(from_hex("00010200"), desk.now);
    REQUIRE(desk.console.machine().transmit(desk.now, packet));
    SECTION("done") {
        desk.console.machine().receive(from_hex("00020200"), desk.now);
        CHECK(desk.only(id).kind == Kind::done);
        CHECK(desk.only(id).accepted == 4);
        return;
    }
    Kind kind = Kind::cancelled;
    SECTION("cancelled") { desk.console.cancel(id); }
    SECTION("overdue") {
        desk.now += 11s;
        desk.console.drop_overdue(desk.now);
        kind = Kind::timed_out;
    }
    SECTION("the console is closed") {
        desk.ask(CloseConsole{});
    }
    SECTION("the connection is lost") {
        desk.console.machine().session_gone(desk.now);
        kind = Kind::failed;
        CHECK(desk.ended[0].outcome.error == ErrorClass::state);
    }
    CHECK(desk.only(id).kind == kind);
    CHECK(desk.only(id).accepted == 2);
    CHECK(desk.only(id).perhaps_done);
    CHECK_FALSE(desk.only(id).sentence.empty());
}

TEST_CASE("one thing is typed at a time") {
    Desk desk;
    desk.open();
    desk.ask(typing);
    const std::uint64_t second = desk.ask(SendBreak{});
    CHECK(desk.only(second).error == ErrorClass::state);
}

TEST_CASE("a break that the BMC does not have is unsupported") {
    Desk desk;
    desk.open();
    const std::uint64_t id = desk.ask(SendBreak{});
    Bytes packet;
    for (int i = 0; i < 10 && desk.ended.empty(); ++i) {
        static_cast<void>(desk.console.machine().transmit(desk.now, packet));
        desk.now += 500ms;
    }
    CHECK(desk.only(id).kind == Kind::failed);
    CHECK(desk.only(id).error == ErrorClass::unsupported);
}

TEST_CASE("after the end of an opening or a closing nobody is told of anything") {
    Desk desk;
    SECTION("an opening that was cancelled") {
        const std::uint64_t id = desk.ask(OpenConsole{SolConflict::report, desk.viewer});
        desk.console.machine().next_request(desk.now);
        desk.console.cancel(id);
        CHECK(desk.only(id).kind == Kind::cancelled);
        desk.console.machine().answered(0, from_hex("00000000 0600 0600 6f02 ffff"), desk.session, desk.now);
        CHECK(desk.console.machine().next_request(desk.now)->request.command == 0x49);
    }
    SECTION("one that was overdue") {
        const std::uint64_t id = desk.ask(OpenConsole{SolConflict::wait, desk.viewer});
        desk.console.machine().next_request(desk.now);
        desk.now += 10s;
        CHECK(desk.console.first_deadline() == desk.now);
        desk.console.drop_overdue(desk.now);
        CHECK(desk.only(id).kind == Kind::timed_out);
    }
    SECTION("a closing") {
        desk.open();
        const std::uint64_t id = desk.ask(CloseConsole{});
        CHECK(desk.ended.empty());
        CHECK(desk.console.machine().next_request(desk.now)->request.command == 0x49);
        desk.console.machine().answered(0, {}, desk.session, desk.now);
        CHECK(desk.only(id).kind == Kind::done);
        CHECK(desk.console.over());
    }
    SECTION("a closing that took too long") {
        desk.open();
        const std::uint64_t id = desk.ask(CloseConsole{});
        desk.console.machine().next_request(desk.now);
        desk.now += 10s;
        desk.console.drop_overdue(desk.now);
        CHECK(desk.only(id).kind == Kind::done);
        CHECK_FALSE(desk.console.over());
    }
    desk.console.machine().receive(from_hex("01000000 61"), desk.now);
    desk.console.machine().session_gone(desk.now);
    CHECK(desk.viewer->events == 0);
    CHECK(desk.viewer.use_count() == 1);
}

TEST_CASE("a second closing takes the place of the first") {
    Desk desk;
    desk.open();
    const std::uint64_t first = desk.ask(CloseConsole{});
    desk.console.machine().next_request(desk.now);
    const std::uint64_t second = desk.ask(CloseConsole{});
    CHECK(desk.only(first).kind == Kind::done);
    desk.console.machine().answered(0, {}, desk.session, desk.now);
    REQUIRE(desk.ended.size() == 2);
    CHECK(desk.ended[1].id == second);
}

TEST_CASE("an end completes all of it") {
    Desk desk;
    desk.ask(OpenConsole{SolConflict::report, desk.viewer});
    desk.console.machine().next_request(desk.now);
    const std::uint64_t closing = desk.ask(CloseConsole{});
    CHECK(desk.ended.size() == 1);
    CHECK(desk.ended[0].outcome.kind == Kind::cancelled);
    desk.console.end();
    REQUIRE(desk.ended.size() == 2);
    CHECK(desk.ended[1].id == closing);
    CHECK(desk.ended[1].outcome.kind == Kind::done);
}

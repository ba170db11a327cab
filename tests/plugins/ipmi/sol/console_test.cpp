// The life of a console: opened, lost, taken away, mute, come back, closed; half an hour of it in a millisecond.
#include "plugins/ipmi/sol/console.hpp"

#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/sol/sol_world.hpp"

using namespace haas::ipmi;
using namespace std::chrono_literals;
using Catch::Contains;
using End = SolTransfer::End;

namespace {

constexpr std::uint32_t stranger = 0x0f000009;

std::string every_byte() {
    std::string all;
    for (int value = 0; value < 256; ++value) all += static_cast<char>(value);
    return all;
}

std::string paste_of(std::size_t size) {
    FixedRandom random(99);
    std::string text(size, '\0');
    random.fill({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
    return text;
}

}  // namespace

TEST_CASE("a console is opened, prints, is typed to, and is given back") {
    Open world;
    world.fake.print("login: ");
    CHECK(world.reach([&] { return world.printed == "login: "; }));
    world.write("root\r");
    REQUIRE(world.reach([&] { return world.input.has_value(); }));
    CHECK(world.input->end == End::done);
    CHECK(world.input->accepted == 5);
    CHECK(world.fake.typed == "root\r");
    CHECK(world.reach([&] { return world.printed == "login: root\r"; }));
    world.close();
    CHECK(world.reach([&] { return world.is_closed; }));
    CHECK(world.fake.deactivations == 1);
    CHECK(world.fake.owner == 0);
    CHECK(world.states.empty());
}

TEST_CASE("all 256 values of a byte survive, both ways") {
    Open world;
    world.fake.options.echoes = false;
    world.write(every_byte());
    world.fake.print(every_byte());
    CHECK(world.reach([&] { return world.input && world.printed.size() == 256; }));
    CHECK(world.fake.typed == every_byte());
    CHECK(world.printed == every_byte());
}

TEST_CASE("a paste of 64 KiB arrives whole and in order, whatever the wire and the BMC lose, refuse and take in part") {
    SolOptions options;
    options.advertised = GENERATE(std::uint16_t{0}, std::uint16_t{68}, std::uint16_t{259});
    options.takes = GENERATE(std::size_t{255}, std::size_t{17});
    Open world(options);
    world.loss_in_256 = 3;
    const std::string paste = paste_of(65536);
    world.write(paste);
    while (!world.input) world.pass(1min);
    CHECK(world.input->end == End::done);
    CHECK(world.input->accepted == 65536);
    CHECK((world.fake.typed == paste));
    CHECK(world.reach([&] { return world.printed.size() == paste.size(); }));
    CHECK((world.printed == paste));
    CHECK(world.gaps.empty());
}

TEST_CASE("output at the full rate for ten minutes, with 1 % loss: nothing is lost or doubled") {
    Open world;
    world.loss_in_256 = 3;
    FixedRandom random(3);
    std::string all;
    // 115,200 baud are 11,520 characters a second.
    for (int i = 0; i < 6000; ++i) {
        std::string text(1152, '\0');
        random.fill({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
        all += text;
        world.fake.print(text);
        world.pass(100ms);
    }
    CHECK(world.reach([&] { return world.fake.waiting() == 0; }));
    world.pass(5s);
    CHECK(world.printed.size() == all.size());
    CHECK((world.printed == all));
    CHECK(world.gaps.empty());
    CHECK(world.states.empty());
}

TEST_CASE("output that comes before the answer to Activate Payload is kept for it") {
    SolWorld world;
    world.open();
    // The command has arrived; its answer is under way.
    CHECK(world.commands == Bytes{0x48});
    world.tell(from_hex("01000000 6561726c79"));
    CHECK(world.opens == 0);
    CHECK(world.printed.empty());
    world.pass(5ms);
    CHECK(world.opens == 1);
    CHECK(world.printed == "early");
}

TEST_CASE("an answer to Activate Payload that is lost: what comes meanwhile is acknowledged, so that the BMC loses nothing") {
    SolWorld world;
    world.open();
    world.fake.activate(world.session.bmc_id);
    world.tell(from_hex("01000000 31"));
    CHECK(world.packets == 1);
    world.tell(from_hex("01000000 31"));
    world.tell(from_hex("02000008 32"));
    CHECK(world.packets == 3);
    CHECK(world.printed.empty());
    CHECK(world.gaps.empty());
    // The second answer: "already active".
    world.console.answered(0x80, {}, world.session, world.now);
    CHECK(world.reach([&] { return world.opens == 1; }));
    CHECK(world.printed == "12");
    CHECK(world.gaps == std::vector<std::uint64_t>{0});
    world.tell(from_hex("03000000 33"));
    CHECK(world.printed == "123");
    world.write("x");
    CHECK(world.reach([&] { return world.input.has_value(); }));
    CHECK(world.fake.typed == "x");
}

TEST_CASE("report: an opening fails at once, with the owner") {
    SolWorld world;
    world.fake.activate(stranger);
    world.fake.sessions = {stranger};
    world.open(SolConflict::report);
    CHECK(world.reach([&] { return world.open_failure.has_value(); }));
    CHECK(world.open_failure->first == ErrorClass::busy);
    CHECK_THAT(world.open_failure->second, Contains("user 3 at 192.0.2.7"));
    CHECK(world.console.is_closed());
    CHECK(world.fake.deactivations == 0);
    CHECK_FALSE(world.console.deadline());
}

TEST_CASE("wait: an opening asks again until the owner leaves") {
    SolWorld world;
    world.fake.activate(stranger);
    world.fake.sessions = {stranger};
    world.open(SolConflict::wait);
    world.pass(60s);
    CHECK(world.opens == 0);
    CHECK_FALSE(world.open_failure);
    CHECK_THAT(world.console.trouble(), Contains("user 3 at 192.0.2.7"));
    CHECK(world.commands.size() < 3 * 12);
    world.fake.release();
    const Time left = world.now;
    CHECK(world.reach([&] { return world.opens == 1; }));
    CHECK(world.now - left <= 15s);
    CHECK(world.fake.deactivations == 0);
}

TEST_CASE("wait: what is not a matter of time fails at once") {
    SolOptions options;
    options.refusal = 0x81;
    SolWorld world(options);
    world.open(SolConflict::wait);
    CHECK(world.reach([&] { return world.open_failure.has_value(); }));
    CHECK(world.open_failure->first == ErrorClass::unsupported);
}

TEST_CASE("steal: an opening takes it away once") {
    SolWorld world;
    world.fake.activate(stranger);
    world.fake.sessions = {stranger};
    SECTION("and has it") {
        world.open(SolConflict::steal);
        CHECK(world.reach([&] { return world.opens == 1; }));
        CHECK(world.fake.owner == world.session.bmc_id);
        SECTION("but does not take it back") {
            world.fake.activate(stranger);
            world.tell(from_hex("00000010"));
            world.pass(5min);
            CHECK(world.fake.owner == stranger);
            CHECK(world.fake.deactivations == 1);
            CHECK(world.states.back().first == SolState::stolen);
            CHECK_THAT(world.states.back().second, Contains("user 3"));
        }
    }
    SECTION("or reports, where the BMC stays as it is") {
        world.fake.options.stuck = true;
        world.open(SolConflict::steal);
        CHECK(world.reach([&] { return world.open_failure.has_value(); }));
        CHECK(world.open_failure->first == ErrorClass::busy);
        CHECK(world.fake.deactivations == 1);
    }
}

TEST_CASE("a break is sent, and awaited") {
    SolOptions options;
    options.has_break = GENERATE(true, false);
    Open world(options);
    world.console.send_break();
    world.settle();
    REQUIRE(world.reach([&] { return world.input.has_value(); }));
    CHECK(world.input->end == (options.has_break ? End::done : End::silence));
    CHECK(world.fake.breaks == (options.has_break ? 1 : 0));
    // Neither spoils what comes after it.
    world.input.reset();
    world.write("x");
    REQUIRE(world.reach([&] { return world.input.has_value(); }));
    CHECK(world.input->end == End::done);
    CHECK(world.fake.typed == "x");
}

TEST_CASE("whoever wants no more output holds it back, also over a reconnection, and gets it later") {
    Open world;
    world.takes_output = false;
    world.fake.print("1");
    CHECK(world.reach([&] { return world.printed == "1"; }));
    world.fake.print("2");
    world.pass(500ms);
    CHECK(world.printed == "1");
    CHECK(world.fake.waiting() == 1);
    SECTION("straight on") {}
    SECTION("in another session") {
        world.end_session();
        CHECK(world.reach_state(SolState::connected));
        world.pass(500ms);
        CHECK(world.printed == "1");
    }
    world.takes_output = true;
    world.console.resume(world.now);
    world.settle();
    CHECK(world.reach([&] { return world.printed == "12"; }));
    world.fake.print("3");
    CHECK(world.reach([&] { return world.printed == "123"; }));
    CHECK(world.gaps.empty());
}

TEST_CASE("what is being typed when the connection breaks ends with what was taken for certain") {
    SolOptions options;
    options.advertised = 6;  // two characters a packet
    Open world(options);
    world.one_way = 10ms;
    world.write("abcdef");
    world.pass(25ms);
    CHECK(world.fake.typed == "ab");
    world.end_session();
    REQUIRE(world.input);
    CHECK(world.input->end == End::none);
    CHECK(world.input->accepted == 2);
    CHECK(world.input->perhaps);
}

TEST_CASE("a console is closed in whatever state it is") {
    SECTION("while it is being opened: what turns out to be ours is given back") {
        SolWorld world;
        world.open();
        world.close();
        CHECK_FALSE(world.is_closed);
        CHECK(world.reach([&] { return world.is_closed; }));
        CHECK(world.fake.owner == 0);
        CHECK(world.fake.deactivations == 1);
        CHECK(world.opens == 0);
    }
    SECTION("while it is being opened, and somebody else has it: it stays his") {
        SolWorld world;
        world.fake.activate(stranger);
        world.open(SolConflict::steal);
        world.close();
        CHECK(world.reach([&] { return world.is_closed; }));
        CHECK(world.fake.owner == stranger);
    }
    SECTION("while it waits") {
        SolWorld world;
        world.fake.activate(stranger);
        world.fake.sessions = {stranger};
        world.open(SolConflict::wait);
        world.pass(3s);
        world.close();
        CHECK(world.is_closed);
    }
    SECTION("while its session is gone") {
        Open world;
        world.can_log_in = false;
        world.end_session();
        world.close();
        CHECK(world.is_closed);
    }
    SECTION("while the BMC does not answer") {
        Open world;
        world.session_lives = false;
        world.close();
        CHECK(world.reach([&] { return world.is_closed; }));
    }
    SECTION("when there is none") {
        SolWorld world;
        world.close();
        CHECK(world.is_closed);
    }
}

TEST_CASE("a closed console opens again") {
    Open world;
    world.fake.print("one");
    world.pass(1s);
    world.close();
    REQUIRE(world.reach([&] { return world.is_closed; }));
    world.open();
    REQUIRE(world.reach([&] { return world.opens == 2; }));
    world.fake.print("two");
    CHECK(world.reach([&] { return world.printed == "onetwo"; }));
}


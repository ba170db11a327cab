// How a console is lost, and comes back.
#include "plugins/ipmi/sol/console.hpp"

#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/sol/sol_world.hpp"

using namespace haas::ipmi;
using namespace std::chrono_literals;
using Catch::Contains;
using End = SolTransfer::End;

namespace {

constexpr std::uint32_t stranger = 0x0f000009;

}  // namespace

TEST_CASE("stolen by a packet, by a request, or silently: it is told, left alone, and had again when it is free") {
    Open world;
    world.stolen_by(stranger);
    SECTION("a packet") { world.tell(from_hex("00000010")); }
    SECTION("a refusal of what is typed") {
        world.write("x");
        world.tell(from_hex("00010050"));
        CHECK(world.input->end == End::none);
        CHECK(world.input->accepted == 0);
    }
    SECTION("a request") { world.console.activated_elsewhere(world.now); }
    SECTION("nothing but the owner's ID, when it is asked for") {
        const Time begin = world.now;
        CHECK(world.reach_state(SolState::stolen));
        CHECK(world.now - begin <= 31s);
    }
    REQUIRE_FALSE(world.states.empty());
    CHECK(world.states.front().first == SolState::stolen);
    CHECK_FALSE(world.console.connected());
    // Whoever takes it must not find us in the door.
    world.commands.clear();
    world.pass(9s);
    CHECK(world.commands.empty());
    world.pass(3min);
    CHECK(world.fake.owner == stranger);
    CHECK(world.fake.deactivations == 0);
    CHECK(world.states.back() == std::pair(SolState::stolen, std::string("the serial console is in use by user 3 at 192.0.2.7")));
    CHECK(world.states.size() == 2);
    world.fake.release();
    CHECK(world.reach_state(SolState::connected));
    CHECK(world.fake.owner == world.session.bmc_id);
}

TEST_CASE("a sign of life is asked for each 20 to 30 s, by the best question that the BMC knows") {
    SolOptions options;
    SECTION("who has it") {
        Open world(options);
        world.pass(5min);
        CHECK(world.count(0x4b) >= 10);
        CHECK(world.count(0x4b) <= 15);
        CHECK(world.commands.size() == world.count(0x4b));
        CHECK(world.states.empty());
    }
    SECTION("whether it is active") {
        options.instance_info = false;
        Open world(options);
        world.pass(5min);
        CHECK(world.count(0x4b) == 1);
        CHECK(world.count(0x4a) >= 9);
        world.fake.release();
        CHECK(world.reach_state(SolState::disconnected));
        CHECK(world.reach_state(SolState::connected));
    }
    SECTION("anything") {
        options.instance_info = options.activation_status = false;
        Open world(options);
        world.pass(5min);
        CHECK(world.count(0x4b) == 1);
        CHECK(world.count(0x4a) == 1);
        CHECK(world.count(0x01) >= 8);
        CHECK(world.states.empty());
    }
}

TEST_CASE("an Intel 82571 is asked for no sign of life") {
    Quirks quirks;
    quirks.add(Quirk::i82571spt);
    SolWorld world({}, 5, quirks);
    world.open();
    world.pass(5min);
    CHECK(world.opens == 1);
    CHECK(world.commands == Bytes{0x48});
    CHECK(world.states.empty());
}

TEST_CASE("a BMC that ends SOL without a word is noticed, and asked again") {
    Open world;
    world.fake.release();
    CHECK(world.reach_state(SolState::disconnected));
    CHECK(world.reach_state(SolState::connected));
}

TEST_CASE("a session that breaks: it is told, and the console comes back in another one") {
    Open world;
    world.end_session();
    REQUIRE(world.states.size() == 1);
    CHECK(world.states[0].first == SolState::disconnected);
    CHECK(world.reach_state(SolState::connected));
    CHECK(world.fake.owner == world.session.bmc_id);
    world.fake.print("back");
    CHECK(world.reach([&] { return world.printed == "back"; }));
}

TEST_CASE("a BMC that keeps the console for our broken session is told that nobody has it") {
    SolOptions options;
    options.session_info = GENERATE(true, false);
    Open world(options);
    world.fake.sessions = {world.session.bmc_id};  // the session lingers there
    world.end_session(false);
    CHECK(world.reach_state(SolState::connected));
    CHECK(world.fake.deactivations == 1);
    CHECK(world.fake.owner == world.session.bmc_id);
}

TEST_CASE("while the BMC is away it is asked ever more rarely, up to every few minutes, and has its time after a power event") {
    Open world;
    world.can_log_in = false;
    world.end_session();
    world.pass(1h);
    CHECK(world.count(0x48) >= 15);
    CHECK(world.count(0x48) <= 40);
    SECTION("when it is back it is back") {
        world.can_log_in = true;
        const Time back = world.now;
        CHECK(world.reach_state(SolState::connected));
        CHECK(world.now - back <= 180s);
    }
    SECTION("after a power event within seconds") {
        world.console.power_changed(true, world.now);
        world.pass(20s);
        world.can_log_in = true;
        const Time back = world.now;
        CHECK(world.reach_state(SolState::connected));
        CHECK(world.now - back <= 15s);
    }
}

TEST_CASE("a BMC that refuses our account for good is not asked again, until a login succeeds") {
    Open world;
    world.can_log_in = false;
    world.trouble = GENERATE(ErrorClass::credentials, ErrorClass::privilege);
    world.final = true;
    world.end_session();
    CHECK(world.reach([&] { return world.states.size() == 2; }));
    CHECK_THAT(world.states.back().second, Contains("not tried again"));
    world.commands.clear();
    world.pass(2h);
    CHECK(world.commands.empty());
    CHECK_FALSE(world.console.deadline());
    world.can_log_in = true;
    world.begin_session();
    CHECK(world.reach_state(SolState::connected));
}

TEST_CASE("a level that the BMC refuses, but not for good, is asked for again") {
    Open world;
    world.can_log_in = false;
    world.trouble = ErrorClass::privilege;
    world.end_session();
    CHECK(world.reach([&] { return world.states.size() == 2; }));
    world.can_log_in = true;
    CHECK(world.reach_state(SolState::connected));
}

TEST_CASE("a console that cannot be opened says whether that is for good") {
    SolWorld world;
    world.session_lives = world.can_log_in = false;
    world.trouble = ErrorClass::privilege;
    world.final = GENERATE(false, true);
    world.open();
    REQUIRE(world.reach([&] { return world.open_failure.has_value(); }));
    CHECK(world.open_failure->first == ErrorClass::privilege);
    CHECK(world.failed_for_good == world.final);
}

TEST_CASE("alive but mute after the machine was switched: activated anew, twice, and then left alone") {
    Open world;
    world.console.power_changed(true, world.now);
    SECTION("without output") {
        const Time begin = world.now;
        CHECK(world.reach_state(SolState::disconnected));
        CHECK(world.now - begin == 30s);
        CHECK(world.reach_state(SolState::connected));
        CHECK(world.fake.activations == 2);
        CHECK(world.fake.deactivations == 1);
        world.pass(1h);
        CHECK(world.fake.activations == 3);
    }
    SECTION("not when it prints") {
        world.pass(29s);
        world.fake.print("POST");
        world.pass(1h);
        CHECK(world.fake.activations == 1);
    }
    SECTION("not when it was switched off") {
        world.console.power_changed(false, world.now);
        world.pass(1h);
        CHECK(world.fake.activations == 1);
    }
    SECTION("not while the line is said not to be there") {
        world.tell(from_hex("00000020"));
        world.pass(1h);
        CHECK(world.fake.activations == 1);
    }
}

TEST_CASE("a BMC that never acknowledges what is typed is activated anew, without losing what it prints") {
    SolOptions options;
    options.echoes = false;
    Open world(options);
    world.write("first");
    REQUIRE(world.reach([&] { return world.input.has_value(); }));
    world.input.reset();
    // Whatever number comes now is not the one that it expects.
    world.fake.receive(world.session.bmc_id, from_hex("02000000 78"), world.now);
    world.fake.receive(world.session.bmc_id, from_hex("03000000 79"), world.now);
    world.fake.receive(world.session.bmc_id, from_hex("04000000 7a"), world.now);
    world.write("second");
    for (int i = 0; i < 200 && !world.input; ++i) {
        world.fake.print(std::to_string(i) + " ");
        world.pass(100ms);
    }
    REQUIRE(world.input);
    CHECK(world.input->end == End::none);
    CHECK(world.input->perhaps);
    CHECK(world.reach_state(SolState::connected));
    CHECK(world.fake.activations == 2);
    CHECK(world.reach([&] { return world.fake.waiting() == 0; }));
    world.pass(1s);
    std::string expected;
    for (int i = 0; expected.size() < world.printed.size(); ++i) expected += std::to_string(i) + " ";
    CHECK(world.printed == expected);
    CHECK(world.gaps.empty());
    world.input.reset();
    world.write("third");
    CHECK(world.reach([&] { return world.input.has_value(); }));
    CHECK(world.input->end == End::done);
}

TEST_CASE("a BMC that does not acknowledge repeats: a lost acknowledgement costs seconds, not the console") {
    SolOptions options;
    options.acknowledges_repeats = false;
    options.echoes = false;
    Open world(options);
    world.write("a");
    // Its answer is lost.
    world.pass(1500us);
    world.session_lives = false;
    world.pass(1ms);
    world.session_lives = true;
    REQUIRE(world.reach([&] { return world.input.has_value(); }));
    CHECK(world.input->end == End::done);
    CHECK(world.states.empty());
    // FreeIPMI's remedy has its price: the character is there twice.
    CHECK(world.fake.typed == "aa");
}

TEST_CASE("a line that is not there is told, and what is typed waits for it") {
    Open world;
    world.fake.options.available = false;
    world.write("x");
    CHECK(world.reach_state(SolState::unavailable));
    CHECK(world.console.connected());
    world.pass(10s);
    CHECK_FALSE(world.input);
    CHECK(world.states.size() == 1);
    world.fake.options.available = true;
    CHECK(world.reach([&] { return world.input.has_value(); }));
    CHECK(world.input->end == End::done);
    CHECK(world.states.back().first == SolState::connected);
    CHECK(world.fake.typed == "x");
}

TEST_CASE("a line that stays away does not keep a write for ever") {
    Open world;
    world.fake.options.available = false;
    world.write("x");
    CHECK(world.reach([&] { return world.input.has_value(); }));
    CHECK(world.input->end == End::refused);
    CHECK(world.input->accepted == 0);
    CHECK_FALSE(world.input->perhaps);
    CHECK(world.console.connected());
}

TEST_CASE("a thousand consoles that are lost together do not come back in one instant") {
    std::map<Duration, int> when;
    for (std::uint32_t seed = 0; seed < 200; ++seed) {
        SolWorld world({}, seed);
        world.open();
        world.pass(10ms);
        world.end_session();
        const Time lost = world.now;
        REQUIRE(world.reach_state(SolState::connected));
        ++when[std::chrono::duration_cast<std::chrono::milliseconds>(world.now - lost) / 50];
    }
    CHECK(when.size() >= 8);
    for (const auto& [moment, count] : when) CHECK(count < 60);
}

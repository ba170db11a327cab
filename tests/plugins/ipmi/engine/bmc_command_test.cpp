#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/engine/simulation.hpp"

using namespace haas::ipmi;
using namespace std::chrono_literals;
using Catch::Contains;
using Kind = Outcome::Kind;

namespace {

constexpr std::uint8_t hard_reset = 3;  // IPMI 2.0 table 28-4
const Wish status = QueryPower{};
const Wish reset = ControlPower{ChassisControl::hard_reset};
const Wish off = ControlPower{ChassisControl::power_down};
const Wish on = ControlPower{ChassisControl::power_up};

std::size_t count(const FakeBmc& fake, NetFn netfn, std::uint8_t command) {
    std::size_t n = 0;
    for (const Request& request : fake.requests) n += request.netfn == netfn && request.command == command ? 1 : 0;
    return n;
}

}  // namespace

TEST_CASE("The privilege level is raised once in a session, and not for a status") {
    Simulation sim;
    sim.perform(status);
    CHECK(count(sim.fake, NetFn::app, 0x3b) == 0);
    REQUIRE(sim.perform(off).kind == Kind::done);
    REQUIRE(sim.perform(on).kind == Kind::done);
    CHECK(count(sim.fake, NetFn::app, 0x3b) == 1);
    CHECK(sim.fake.chassis_controls == Bytes{0, 1});
}

TEST_CASE("An Intel 82571 is logged in to in its own way, and needs no command for its privilege level") {
    BmcOptions options;
    options.i82571 = true;
    options.suite_17 = GENERATE(true, false);
    Target target = target_of("10.0.0.5");
    const bool pinned = GENERATE(true, false);
    if (pinned) target.policy.quirks.add(Quirk::i82571spt);
    Simulation sim(options, std::move(target));
    CHECK((sim.perform(off).kind == Kind::done) == pinned);
    CHECK(sim.fake.chassis_controls == (pinned ? Bytes{0} : Bytes{}));
    CHECK(count(sim.fake, NetFn::app, 0x3b) == 0);
}

TEST_CASE("A BMC that was restarted is logged in to again, and its status is there soon") {
    Simulation sim;
    sim.perform(status);
    sim.pass(10s);
    sim.fake.reboot();
    const Time start = sim.now;
    CHECK(sim.perform(status).power_on);
    CHECK(sim.now - start < 3500ms);
    CHECK(sim.handshakes() == 2);
}

TEST_CASE("A verb is not sent into a session that may be dead") {
    Simulation sim;
    sim.perform(on);
    sim.pass(10s);
    sim.fake.reboot();
    CHECK(sim.perform(reset).kind == Kind::done);
    CHECK(sim.fake.chassis_controls == Bytes{1, hard_reset});
    CHECK(sim.handshakes() == 2);
}

TEST_CASE("Completion codes become kinds of failure") {
    struct Case {
        std::uint8_t code;
        ErrorClass error;
        bool perhaps_done;
    };
    // IPMI 2.0 table 5-2; what C3h, CEh and FFh leave open is whether the reset was carried out.
    const auto [code, error, perhaps_done] =
        GENERATE(Case{0xd5, ErrorClass::state, false}, Case{0xd4, ErrorClass::privilege, false},
                 Case{0xc1, ErrorClass::unsupported, false}, Case{0xcc, ErrorClass::unsupported, false},
                 Case{0xc3, ErrorClass::busy, true}, Case{0xce, ErrorClass::busy, true},
                 Case{0xff, ErrorClass::protocol, true});
    Simulation sim;
    sim.perform(on);
    sim.fake.options.next_completion_code = code;
    const Outcome outcome = sim.perform(reset);
    CHECK(outcome.kind == Kind::failed);
    CHECK(outcome.error == error);
    CHECK(outcome.perhaps_done == perhaps_done);
    CHECK(sim.fake.chassis_controls == Bytes{1});
}

TEST_CASE("A busy BMC is asked again") {
    const auto code = static_cast<std::uint8_t>(GENERATE(0xc0, 0xd1, 0xd2));
    Simulation sim;
    sim.perform(on);
    sim.fake.options.next_completion_code = code;
    CHECK(sim.perform(reset).kind == Kind::done);
    CHECK(sim.fake.chassis_controls == Bytes{1, hard_reset});
}

TEST_CASE("A BMC that stays busy is given up at the deadline") {
    Simulation sim;
    sim.perform(status);
    sim.lose_request = [&](std::size_t, ByteView) {
        sim.fake.options.next_completion_code = 0xc0;
        return false;
    };
    const Time start = sim.now;
    const Outcome outcome = sim.perform(status, 10s);
    CHECK(outcome.error == ErrorClass::busy);
    CHECK_THAT(outcome.sentence, Contains("C0h"));
    CHECK(sim.now - start <= 10s);
    CHECK(sim.now - start > 5s);
}

// Field notes 5: while it starts, a BMC answers FFh to everything (openbmc issue 1810).
TEST_CASE("A BMC that answers FFh while it starts is asked for the status until it has started") {
    Simulation sim;
    sim.perform(on);
    const Time started = sim.now + 5s;
    sim.lose_request = [&](std::size_t, ByteView) {
        if (sim.now < started) sim.fake.options.next_completion_code = 0xff;
        return false;
    };
    CHECK(sim.perform(status, 20s).kind == Kind::done);
    CHECK(sim.now >= started);
}

TEST_CASE("An account of user level may read, and is told what it may not") {
    BmcOptions options;
    options.limit = Privilege::user;
    Target target = target_of("10.0.0.5");
    target.policy.privilege = Privilege::user;
    Simulation sim(options, std::move(target));
    CHECK(sim.perform(status).power_on);
    const Outcome outcome = sim.perform(reset);
    CHECK(outcome.error == ErrorClass::privilege);
    CHECK(sim.fake.chassis_controls.empty());
}

TEST_CASE("A status for which USER is not enough is asked again at the level of the login") {
    Simulation sim;
    sim.perform(status);
    sim.fake.options.next_completion_code = 0xd4;
    CHECK(sim.perform(status).power_on);
    CHECK(count(sim.fake, NetFn::app, 0x3b) == 1);
}

TEST_CASE("The maker is asked for once a BMC, for a boot device alone, and is told as a quirk") {
    BmcOptions options;
    options.manufacturer = 10876;  // Supermicro
    Simulation sim(options);
    const Wish disk = SetBoot{BootDevice::disk, false, BootMode::uefi};
    sim.perform(status);
    sim.perform(reset);
    CHECK(count(sim.fake, NetFn::app, 0x01) == 0);
    CHECK(sim.facts.back().quirks.none());
    REQUIRE(sim.perform(disk).kind == Kind::done);
    CHECK(sim.fake.boot_flags == Bytes{0xa0, 0x24, 0, 0, 0});
    CHECK(sim.facts.back().quirks.names() == "supermicro_uefi_disk");
    CHECK(sim.perform(QueryBoot{}).boot.device == BootDevice::disk);
    // Another session is no other BMC.
    sim.pass(40s);
    REQUIRE(sim.perform(disk).kind == Kind::done);
    CHECK(sim.handshakes() == 2);
    CHECK(count(sim.fake, NetFn::app, 0x01) == 1);
}

TEST_CASE("A name that leads elsewhere may lead to a BMC of another maker") {
    BmcOptions options;
    options.manufacturer = 10876;
    Simulation sim(options, target_of("bmc7"));
    sim.names["bmc7"].endpoints = {*numeric_endpoint(std::get<HostName>(parse_host("10.0.0.5")))};
    const Wish disk = SetBoot{BootDevice::disk, false, BootMode::uefi};
    REQUIRE(sim.perform(disk).kind == Kind::done);
    sim.powered = false;
    sim.pass(40s);
    CHECK(sim.perform(status).error == ErrorClass::unreachable);
    sim.powered = true;
    sim.fake.options.manufacturer = 343;
    REQUIRE(sim.perform(disk).kind == Kind::done);
    CHECK(sim.fake.boot_flags == Bytes{0xa0, 0x08, 0, 0, 0});
    CHECK(sim.facts.back().quirks.none());
}

// 2 s is the most that the driver takes.
TEST_CASE("With the widest spacing each operation is still done within the usual deadline") {
    Target target = target_of("10.0.0.5");
    target.spacing = Wait(2s);
    Simulation sim({}, std::move(target));
    REQUIRE(sim.perform(status).power_on);
    // The session is proven alive before the verb.
    sim.pass(10s);
    CHECK(sim.perform(reset, 30s).kind == Kind::done);
    sim.pass(10s);
    CHECK(sim.perform(SetBoot{BootDevice::disk, true, BootMode::automatic}, 30s).kind == Kind::done);
    CHECK(sim.perform(off, 30s).kind == Kind::done);
    CHECK(sim.fake.chassis_controls == Bytes{hard_reset, 0});
}

#include "tools/bmcsim/machine.hpp"

#include <catch2/catch.hpp>

#include "tests/tools/bmcsim/hex.hpp"

using namespace haas::bmcsim;

namespace {

struct Bench {
    Profile profile;
    Time now = Time(std::chrono::hours(1));
    Machine machine{profile};

    std::uint8_t control(Control what) {
        machine.settle(now, profile);
        return machine.control(what, now, profile).completion;
    }
    bool on_after(Duration time) {
        now += time;
        machine.settle(now, profile);
        return machine.on();
    }
};

}  // namespace

TEST_CASE("on and off take the time they are given") {
    Bench bench;
    bench.profile.on_delay = seconds(3);
    bench.profile.off_delay = seconds(2);
    CHECK(bench.control(Control::on) == 0);
    CHECK_FALSE(bench.on_after(milliseconds(2999)));
    CHECK(bench.on_after(milliseconds(1)));
    CHECK(bench.machine.restart_cause() == RestartCause::chassis_control);
    CHECK(bench.control(Control::off) == 0);
    CHECK(bench.on_after(milliseconds(1999)));
    CHECK_FALSE(bench.on_after(milliseconds(1)));
    CHECK(bench.machine.boots() == 1);
}

TEST_CASE("a cycle is off for a while, a reset is not") {
    Bench bench;
    bench.profile.cycle_time = seconds(5);
    bench.control(Control::on);
    CHECK(bench.control(Control::cycle) == 0);
    CHECK_FALSE(bench.on_after(seconds(4)));
    CHECK(bench.on_after(seconds(1)));
    CHECK(bench.machine.boots() == 2);
    CHECK(bench.control(Control::reset) == 0);
    CHECK(bench.on_after(seconds(0)));
    CHECK(bench.machine.boots() == 3);
}

TEST_CASE("cycle and reset of an off machine: refused, ignored or on") {
    Bench bench;
    const auto verb = GENERATE(Control::cycle, Control::reset);
    CHECK(bench.control(verb) == 0xD5);
    CHECK_FALSE(bench.on_after(seconds(10)));
    bench.profile.cycle_when_off = bench.profile.reset_when_off = WhenOff::ignore;
    const auto outcome = bench.machine.control(verb, bench.now, bench.profile);
    CHECK(outcome.completion == 0);
    CHECK_FALSE(outcome.performed);
    CHECK_FALSE(bench.on_after(seconds(10)));
    bench.profile.cycle_when_off = bench.profile.reset_when_off = WhenOff::power_on;
    CHECK(bench.control(verb) == 0);
    CHECK(bench.on_after(seconds(0)));
    CHECK(bench.machine.boots() == 1);
}

TEST_CASE("on in the middle of going off comes after it") {
    Bench bench;
    bench.control(Control::on);
    bench.profile.off_delay = seconds(4);
    bench.control(Control::off);
    CHECK(bench.on_after(seconds(1)));
    CHECK(bench.control(Control::on) == 0);
    bench.machine.settle(bench.now + seconds(3), bench.profile);
    CHECK(bench.machine.on());
    CHECK(bench.machine.boots() == 2);
}

TEST_CASE("off in the middle of a cycle stays off") {
    Bench bench;
    bench.control(Control::on);
    bench.control(Control::cycle);
    CHECK_FALSE(bench.on_after(milliseconds(500)));
    CHECK(bench.control(Control::off) == 0);
    CHECK_FALSE(bench.on_after(seconds(10)));
}

TEST_CASE("soft off is the operating system's, who may ignore it") {
    Bench bench;
    bench.profile.soft_delay = seconds(7);
    bench.control(Control::on);
    bench.control(Control::soft);
    CHECK(bench.on_after(seconds(6)));
    CHECK_FALSE(bench.on_after(seconds(1)));
    bench.control(Control::on);
    bench.profile.soft_ignored = true;
    CHECK(bench.control(Control::soft) == 0);
    CHECK(bench.on_after(seconds(1000)));
}

TEST_CASE("off of an off machine succeeds, or not with Dell; FF for D5 with OpenBMC") {
    Bench bench;
    CHECK(bench.control(Control::off) == 0x00);
    bench.profile.quirks[static_cast<std::size_t>(Quirk::off_off_d5)] = true;
    CHECK(bench.control(Control::off) == 0xD5);
    CHECK(bench.control(Control::soft) == 0xD5);
    bench.profile.quirks[static_cast<std::size_t>(Quirk::error_ff)] = true;
    CHECK(bench.control(Control::cycle) == 0xFF);
}

TEST_CASE("accepted and not performed") {
    Bench bench;
    bench.profile.quirks[static_cast<std::size_t>(Quirk::power_ignored)] = true;
    const auto outcome = bench.machine.control(Control::on, bench.now, bench.profile);
    CHECK(outcome.completion == 0);
    CHECK_FALSE(outcome.performed);
    CHECK_FALSE(bench.on_after(seconds(10)));
}

TEST_CASE("the boot flags decide what a start starts from") {
    Bench bench;
    bench.machine.boot_options().set(hex("05 80 04 00 00 00"), bench.now, bench.profile);
    bench.control(Control::on);
    CHECK(bench.machine.booted_from() == BootDevice::pxe);
    bench.control(Control::reset);
    CHECK(bench.machine.booted_from() == BootDevice::normal);
}

TEST_CASE("a button at the machine is no chassis control") {
    Bench bench;
    bench.machine.switch_by_hand(true, bench.now, bench.profile);
    CHECK(bench.machine.on());
    CHECK(bench.machine.restart_cause() == RestartCause::power_button);
}

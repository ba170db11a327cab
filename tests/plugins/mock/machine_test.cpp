#include "plugins/mock/machine.hpp"

#include <catch2/catch.hpp>

using namespace haas::mock;
using namespace std::chrono_literals;

TEST_CASE("a machine without delays obeys at once") {
    Machine machine(false, 0s, 0s);
    CHECK_FALSE(machine.on(0s));
    machine.act(Verb::power_on, 0s);
    CHECK(machine.on(0s));
    machine.act(Verb::soft_off, 0s);
    CHECK_FALSE(machine.on(0s));
}

// IPMI 2.0 section 28.3: completion code D5h, "not supported in present state".
TEST_CASE("a machine that is off is not reset and not cycled") {
    Machine machine(false, 0s, 0s);
    CHECK_FALSE(machine.accepts(Verb::reset, 0s));
    CHECK_FALSE(machine.accepts(Verb::power_cycle, 0s));
    CHECK(machine.accepts(Verb::power_on, 0s));
    CHECK(machine.accepts(Verb::power_off, 0s));
    CHECK(machine.accepts(Verb::soft_off, 0s));
    machine.act(Verb::power_on, 0s);
    CHECK(machine.accepts(Verb::reset, 0s));
    CHECK(machine.accepts(Verb::power_cycle, 0s));
}

TEST_CASE("a slow machine reaches its state later") {
    Machine machine(true, 2s, 5s);
    machine.act(Verb::power_cycle, 10s);
    CHECK(machine.on(11999ms));
    CHECK_FALSE(machine.on(12s));
    CHECK_FALSE(machine.on(16999ms));
    CHECK(machine.on(17s));
}

TEST_CASE("a new request replaces what is still to come") {
    Machine machine(true, 2s, 0s);
    machine.act(Verb::power_off, 0s);
    machine.act(Verb::power_on, 1s);
    CHECK(machine.on(2s));
    CHECK(machine.on(60s));
}

TEST_CASE("a boot device for one boot is used up by the boot") {
    const auto boots = GENERATE(Verb::reset, Verb::power_cycle);
    Machine machine(true, 0s, 0s);
    machine.set_boot("pxe", false, 0s);
    CHECK(machine.boot(0s).device == "pxe");
    machine.act(boots, 1s);
    CHECK(machine.boot(1s).device == "none");

    machine.set_boot("disk", true, 2s);
    machine.act(boots, 3s);
    CHECK(machine.boot(3s).device == "disk");
    CHECK(machine.boot(3s).persistent);
}

TEST_CASE("switching on a machine that is on is no boot") {
    Machine machine(true, 0s, 0s);
    machine.set_boot("bios", false, 0s);
    machine.act(Verb::power_on, 1s);
    CHECK(machine.boot(1s).device == "bios");
    machine.act(Verb::power_off, 2s);
    CHECK(machine.boot(2s).device == "bios");
    machine.act(Verb::power_on, 3s);
    CHECK(machine.boot(3s).device == "none");
}

TEST_CASE("a machine prints on its console at the moment it boots") {
    Serial::Settings settings;
    settings.text = "0123456789";
    settings.rate = 10;
    Machine machine(false, 2s, 3s, settings);
    machine.serial(0s).open(false, 0s);
    CHECK_FALSE(machine.next().has_value());
    machine.act(Verb::power_on, 10s);
    CHECK(machine.next() == Time(12s));
    CHECK(machine.serial(12300ms).take(12300ms) == std::vector<Serial::Noticed>{"012"});
    CHECK(machine.next() == Time(12400ms));
    machine.act(Verb::power_cycle, 12300ms);
    CHECK(machine.serial(20s).take(20s) == std::vector<Serial::Noticed>{"3456789" "0123456789"});
}

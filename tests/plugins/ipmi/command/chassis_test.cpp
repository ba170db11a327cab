#include "plugins/ipmi/command/chassis.hpp"

#include <catch2/catch.hpp>

#include "plugins/ipmi/wire/message.hpp"
#include "tests/plugins/ipmi/wire/hex.hpp"

using namespace haas::ipmi;

TEST_CASE("Get Chassis Status is what ipmitool sends") {
    const Request request = chassis_status();
    CHECK(request.repeat == Repeat::anew);
    Message message;
    message.netfn = static_cast<std::uint8_t>(request.netfn);
    message.rq_seq = 6;
    message.command = request.command;
    message.body = request.data;
    Bytes out;
    encode_message(message, out);
    CHECK(out == from_hex("2000e081180166"));  // captured, see wire/captured.hpp
}

TEST_CASE("captured and specified answers to Get Chassis Status") {
    const auto off = parse_chassis_status(from_hex("000000"));  // ipmi_sim
    REQUIRE(off);
    CHECK_FALSE(off->power_on);
    const auto on = parse_chassis_status(from_hex("21000040"));  // with the optional byte
    REQUIRE(on);
    CHECK(on->power_on);
    CHECK_FALSE(on->power_fault);
    // Table 28-3: bits 1 to 4.
    const auto faults = parse_chassis_status(from_hex("1e0000"));
    REQUIRE(faults);
    CHECK_FALSE(faults->power_on);
    CHECK(faults->power_overload);
    CHECK(faults->interlock);
    CHECK(faults->power_fault);
    CHECK(faults->power_control_fault);
    CHECK(parse_chassis_status(from_hex("0100004000")));
    CHECK_FALSE(parse_chassis_status(from_hex("0100")));
    CHECK_FALSE(parse_chassis_status(ByteView{}));
}

TEST_CASE("Chassis Control: table 28-4, and that none may be executed twice") {
    const auto check = [](ChassisControl control, std::uint8_t byte) {
        const Request request = chassis_control(control);
        CHECK(request.netfn == NetFn::chassis);
        CHECK(request.command == 0x02);
        CHECK(request.data == Bytes{byte});
        CHECK(request.repeat == Repeat::identical);
    };
    check(ChassisControl::power_down, 0x00);
    check(ChassisControl::power_up, 0x01);
    check(ChassisControl::power_cycle, 0x02);
    check(ChassisControl::hard_reset, 0x03);
    check(ChassisControl::diagnostic_interrupt, 0x04);
    check(ChassisControl::soft_shutdown, 0x05);
}

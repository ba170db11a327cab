#include "plugins/ipmi/command/device_id.hpp"

#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/wire/hex.hpp"
#include "tests/plugins/ipmi/wire/mangle.hpp"

using namespace haas::ipmi;

TEST_CASE("ipmi_sim's Device ID, as captured and as ipmitool prints it") {
    // suite_3_chassis_status: firmware 9.08, manufacturer 4753 (1291h), product 3842 (0f02h).
    const Bytes data = from_hex("000309 08029f 911200 020f 00000000");
    const auto id = parse_device_id(data);
    REQUIRE(id);
    CHECK(id->device == 0);
    CHECK(id->firmware_major == 9);
    CHECK(id->firmware_minor == 8);
    CHECK_FALSE(id->initialising);
    CHECK(id->manufacturer == 4753);
    CHECK(id->product == 3842);
}

TEST_CASE("the auxiliary revision is optional, all else is not") {
    const Bytes shortest = from_hex("20018226 02bf 570100 3412");
    const auto id = parse_device_id(shortest);
    REQUIRE(id);
    CHECK(id->initialising);
    CHECK(id->firmware_major == 2);
    CHECK(id->firmware_minor == 26);
    CHECK(id->manufacturer == 343);
    CHECK(id->product == 0x1234);
    each_truncation(shortest, [](const Bytes& cut) { CHECK_FALSE(parse_device_id(cut)); });
    CHECK(device_id().command == 0x01);
    CHECK(device_id().netfn == NetFn::app);
}

// IANA's private enterprise numbers: 10876 Super Micro Computer, 343 Intel.  47488 is FreeIPMI bugs, Misc #3.
TEST_CASE("both numbers that Supermicro uses are Supermicro's") {
    const auto maker = [](std::uint32_t manufacturer) {
        DeviceId id;
        id.manufacturer = manufacturer;
        return maker_of(id);
    };
    CHECK(maker(10876) == Maker::supermicro);
    CHECK(maker(47488) == Maker::supermicro);
    CHECK(maker(343) == Maker::other);
    CHECK(maker(0) == Maker::other);
    CHECK(maker_of(*parse_device_id(from_hex("20018226 02bf 7c2a00 3412"))) == Maker::supermicro);
}

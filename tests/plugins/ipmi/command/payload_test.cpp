#include "plugins/ipmi/command/payload.hpp"

#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/wire/hex.hpp"
#include "tests/plugins/ipmi/wire/mangle.hpp"

using namespace haas::ipmi;

// IPMI 2.0 sections 24.1, 24.2, 24.4, 24.5, 24.8 and 22.20, field by field; payload type 1 is SOL (table 13-16).
TEST_CASE("the commands about SOL are those of the specification") {
    const auto is = [](const Request& request, std::uint8_t command, std::string_view data) {
        return request.netfn == NetFn::app && request.command == command && request.data == from_hex(data) &&
               request.repeat == Repeat::anew;
    };
    CHECK(is(activate_sol(sol_protected), 0x48, "0101c0000000"));
    // ipmitool 1.8.19 with -o i82571spt.
    CHECK(is(activate_sol(sol_of_i82571), 0x48, "010108000000"));
    CHECK(is(deactivate_sol(), 0x49, "010100000000"));
    CHECK(is(sol_activation_status(), 0x4a, "01"));
    CHECK(is(sol_instance_info(), 0x4b, "0101"));
    CHECK(is(channel_payload_support(), 0x4e, "0e"));
    CHECK(is(session_info(0x12345678), 0x3d, "ff78563412"));
}

TEST_CASE("the size of a packet to the BMC counts its header; what makes no sense becomes 32 characters") {
    const auto most = [](std::string_view size) {
        return parse_sol_activation(from_hex("00000000" + std::string(size) + "ffff 6f02 ffff"));
    };
    CHECK(most("ff00") == 251);
    CHECK(most("0301") == 255);  // 259: OpenBMC's 255 and a header
    CHECK(most("0500") == 1);
    CHECK(most("0400") == 32);
    CHECK(most("0000") == 32);
    CHECK(most("0401") == 32);
    CHECK(most("00ff") == 32);   // 255 with its bytes swapped
    CHECK(most("ffff") == 32);
    each_truncation(from_hex("00000000ff00"), [](const Bytes& cut) { CHECK(parse_sol_activation(cut) == 32); });
}

TEST_CASE("the port and the VLAN of an activation may be anything, and absent") {
    CHECK(parse_sol_activation(from_hex("00000000ff00")) == 251);
    CHECK(parse_sol_activation(from_hex("00000000ff00ff00 026f 0000")) == 251);
    CHECK(parse_sol_activation(with_trailing_byte(from_hex("00000000ff00ff00 6f02 ffff"))) == 251);
}

TEST_CASE("whether instance 1 is active, whatever its capacity") {
    CHECK(parse_sol_activation_status(from_hex("01 0100")) == true);
    CHECK(parse_sol_activation_status(from_hex("00 0100")) == true);
    CHECK(parse_sol_activation_status(from_hex("01 0000")) == false);
    CHECK(parse_sol_activation_status(from_hex("01 fe00")) == false);
    each_truncation(from_hex("0101"), [](const Bytes& cut) { CHECK_FALSE(parse_sol_activation_status(cut)); });
}

TEST_CASE("the owner is a session ID of the BMC's, or nobody") {
    CHECK(parse_sol_owner(from_hex("04030201 01 00000000000000")) == 0x01020304U);
    CHECK(parse_sol_owner(from_hex("00000000 00 00000000000000")) == 0U);
    each_truncation(from_hex("04030201"), [](const Bytes& cut) { CHECK_FALSE(parse_sol_owner(cut)); });
}

TEST_CASE("SOL is standard payload type 1") {
    CHECK(parse_supports_sol(from_hex("0300 3f00 0000 0000")) == true);
    CHECK(parse_supports_sol(from_hex("0100 3f00 0000 0000")) == false);
    each_truncation(from_hex("0300"), [](const Bytes& cut) { CHECK_FALSE(parse_supports_sol(cut)); });
}

TEST_CASE("a session is told with its user and its console, or is none") {
    // Handle, possible sessions, active ones; user, privilege level, channel; address, MAC, port.
    const Bytes whole = from_hex("01 04 02 03 04 11 c0000207 000000000000 6f02");
    const auto info = parse_session_info(whole);
    REQUIRE(info);
    CHECK(info->active);
    CHECK(info->user_id == 3);
    CHECK(info->address == std::array<std::uint8_t, 4>{192, 0, 2, 7});
    CHECK_FALSE(parse_session_info(from_hex("00 04 02"))->active);
    CHECK_FALSE(parse_session_info(from_hex("01 04 02 03 04 11"))->address);
    CHECK_FALSE(parse_session_info(from_hex("01 04 02 03 04 11 00000000 000000000000 0000"))->address);
    for (const char* cut : {"", "01", "0104", "010402", "01040203", "0104020304"}) CHECK_FALSE(parse_session_info(from_hex(cut)));
}

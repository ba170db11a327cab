#include "plugins/ipmi/command/session.hpp"

#include <catch2/catch.hpp>

#include "plugins/ipmi/wire/message.hpp"
#include "plugins/ipmi/wire/presession.hpp"
#include "tests/plugins/ipmi/wire/captured.hpp"
#include "tests/plugins/ipmi/wire/hex.hpp"
#include "tests/plugins/ipmi/wire/mangle.hpp"

using namespace haas::ipmi;

namespace {

Bytes message_of(const Request& request, std::uint8_t rq_seq) {
    Message message;
    message.netfn = static_cast<std::uint8_t>(request.netfn);
    message.rq_seq = rq_seq;
    message.command = request.command;
    message.body = request.data;
    Bytes out;
    encode_message(message, out);
    return out;
}

}  // namespace

TEST_CASE("Get Channel Authentication Capabilities is what ipmitool sends, wrapper and all") {
    Bytes datagram;
    encode_presession(message_of(channel_authentication_capabilities(true, Privilege::administrator), 0), datagram);
    CHECK(datagram == from_hex(suite_3_chassis_status[0].hex));
    CHECK(channel_authentication_capabilities(false, Privilege::user).data == from_hex("0e 02"));
}

TEST_CASE("ipmi_sim's channel authentication capabilities") {
    const Bytes datagram = from_hex(suite_3_chassis_status[1].hex);
    const auto message = decode_message(*decode_presession(datagram));
    REQUIRE(message);
    CHECK(message->body[0] == 0x00);
    const auto capabilities = parse_channel_authentication_capabilities(message->body.subspan(1));
    REQUIRE(capabilities);
    CHECK(capabilities->channel == 1);
    CHECK(capabilities->ipmi20);
    // Without bit 7 of the second byte the fourth is reserved, whatever it holds.
    CHECK_FALSE(parse_channel_authentication_capabilities(from_hex("01 17 06 03 00000000"))->ipmi20);
    CHECK_FALSE(parse_channel_authentication_capabilities(from_hex("01 97 06 01 00000000"))->ipmi20);
    each_truncation(from_hex("0197060300000000"),
                    [](const Bytes& cut) { CHECK_FALSE(parse_channel_authentication_capabilities(cut)); });
}

TEST_CASE("Set Session Privilege Level and Close Session are what ipmitool sends") {
    // suite_3_chassis_status: rqSeq 1 and 7, BMC session ID 2.
    CHECK(message_of(set_session_privilege_level(Privilege::administrator), 1) == from_hex("2018c881043b043c"));
    CHECK(message_of(close_session(0x00000002), 7) == from_hex("2018c8811c3c0200000025"));
    // suite_17_chassis_status.
    CHECK(message_of(close_session(0x1c2d3e4f), 7) == from_hex("2018c8811c3c4f3e2d1c51"));
    CHECK(parse_session_privilege_level(from_hex("04")) == Privilege::administrator);
    CHECK_FALSE(parse_session_privilege_level(ByteView{}));
}

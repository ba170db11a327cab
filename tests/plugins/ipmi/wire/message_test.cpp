#include "plugins/ipmi/wire/message.hpp"

#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/wire/captured.hpp"
#include "tests/plugins/ipmi/wire/hex.hpp"
#include "tests/plugins/ipmi/wire/mangle.hpp"

using namespace haas::ipmi;

TEST_CASE("every captured message decodes with good checksums and encodes to the same bytes") {
    for (const auto* session : {&suite_3_chassis_status, &suite_3_boot_device, &suite_17_chassis_status}) {
        for (const Captured& captured : *session) {
            if (captured.plain[0] == '\0') continue;
            const Bytes payload = from_hex(captured.plain);
            const auto message = decode_message(payload);
            REQUIRE(message);
            CHECK(message->checksums_good);
            CHECK(message->to == (captured.from_console ? bmc_address : console_address));
            Bytes again;
            encode_message(*message, again);
            CHECK(again == payload);
        }
    }
}

TEST_CASE("the fields of a captured request and its answer") {
    const Bytes request_bytes = from_hex("2000e081180166");  // Get Chassis Status, ipmitool
    const auto request = decode_message(request_bytes);
    REQUIRE(request);
    CHECK(request->netfn == 0x00);
    CHECK(request->rq_seq == 6);
    CHECK(request->command == 0x01);
    CHECK(request->body.empty());
    const Bytes answer_bytes = from_hex("81047b20180100000000c7");  // ipmi_sim
    const auto answer = decode_message(answer_bytes);
    REQUIRE(answer);
    CHECK(answer->netfn == 0x01);
    CHECK(answer->rq_seq == 6);
    CHECK(answer->from == bmc_address);
    CHECK(copy(answer->body) == from_hex("00000000"));
}

TEST_CASE("a wrong checksum is told, not refused") {
    const Bytes good = from_hex("81047b20180100000000c7");
    each_flip(good, [](const Bytes& flipped, std::size_t) {
        const auto message = decode_message(flipped);
        REQUIRE(message);
        CHECK_FALSE(message->checksums_good);
    });
}

TEST_CASE("a message shorter than its header and checksum is refused") {
    each_truncation(from_hex("2000e081180166"), [](const Bytes& cut) { CHECK_FALSE(decode_message(cut)); });
}

TEST_CASE("LUNs and a sequence number of six bits share their bytes") {
    Message message;
    message.netfn = 0x3f;
    message.to_lun = 2;
    message.rq_seq = 0x3f;
    message.from_lun = 1;
    message.command = 0x55;
    Bytes out;
    encode_message(message, out);
    CHECK(out == from_hex("20 fe e2 81 fd 55 2d"));
    const auto again = decode_message(out);
    REQUIRE(again);
    CHECK(again->to_lun == 2);
    CHECK(again->from_lun == 1);
}

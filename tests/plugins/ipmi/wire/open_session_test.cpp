#include "plugins/ipmi/wire/open_session.hpp"

#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/wire/captured.hpp"
#include "tests/plugins/ipmi/wire/hex.hpp"
#include "tests/plugins/ipmi/wire/mangle.hpp"

using namespace haas::ipmi;

namespace {

Bytes payload_of(const Captured& captured) {
    const Bytes datagram = from_hex(captured.hex);
    return Bytes(datagram.begin() + 16, datagram.end());
}

}  // namespace

TEST_CASE("captured Open Session requests decode and encode to the same bytes") {
    const auto check = [](const Captured& captured, CipherSuite suite) {
        const Bytes payload = payload_of(captured);
        const auto request = decode_open_session_request(payload);
        REQUIRE(request);
        CHECK(request->tag == 0);
        CHECK(request->privilege == Privilege::highest);
        CHECK(request->console_id == 0xa0a2a3a4);
        CHECK(request->algorithms == algorithms_of(suite));
        Bytes again;
        encode(*request, again);
        CHECK(again == payload);
    };
    check(suite_3_chassis_status[2], CipherSuite::suite_3);
    check(suite_17_chassis_status[2], CipherSuite::suite_17);
}

TEST_CASE("a captured Open Session response decodes and encodes to the same bytes") {
    const Bytes payload = payload_of(suite_3_chassis_status[3]);
    const auto response = decode_open_session_response(payload);
    REQUIRE(response);
    CHECK(response->status == 0);
    CHECK(response->console_id == 0xa0a2a3a4);
    CHECK(response->bmc_id == 2);
    CHECK(response->algorithms == algorithms_of(CipherSuite::suite_3));
    Bytes again;
    encode(*response, again);
    CHECK(again == payload);
}

TEST_CASE("errors: the two bytes ipmi_sim sends, the eight of the specification, and more") {
    // ipmi_sim of OpenIPMI 2.0.33 to a request for suite 17, captured: tag 0, status 04h, nothing else.
    const auto two = decode_open_session_response(from_hex("0004"));
    REQUIRE(two);
    CHECK(two->status == 0x04);
    CHECK(two->console_id == 0);
    // Table 13-10.
    const auto eight = decode_open_session_response(from_hex("2a 11 00 00 a4a3a2a0"));
    REQUIRE(eight);
    CHECK(eight->tag == 0x2a);
    CHECK(eight->status == 0x11);
    CHECK(eight->console_id == 0xa0a2a3a4);
    CHECK(decode_open_session_response(from_hex("2a 11 00 00 a4a3a2a0 0000000000")));
    CHECK_FALSE(decode_open_session_response(from_hex("2a")));
    CHECK_FALSE(decode_open_session_response(ByteView{}));
}

TEST_CASE("truncated and lengthened messages are refused") {
    const Bytes request = payload_of(suite_3_chassis_status[2]);
    each_truncation(request, [](const Bytes& cut) { CHECK_FALSE(decode_open_session_request(cut)); });
    CHECK_FALSE(decode_open_session_request(with_trailing_byte(request)));
    const Bytes response = payload_of(suite_3_chassis_status[3]);
    each_truncation(response, [](const Bytes& cut) { CHECK_FALSE(decode_open_session_response(cut)); });
    CHECK_FALSE(decode_open_session_response(with_trailing_byte(response)));
}

TEST_CASE("a flipped bit is refused, seen in a field, or was reserved") {
    const Bytes good = payload_of(suite_3_chassis_status[3]);
    Bytes plain;
    encode(*decode_open_session_response(good), plain);
    each_flip(good, [&](const Bytes& flipped, std::size_t at) {
        const auto response = decode_open_session_response(flipped);
        const bool payload_kind = at == 12 || at == 20 || at == 28;
        if (payload_kind) CHECK_FALSE(response);
        if (!response || response->status != 0) return;
        Bytes again;
        encode(*response, again);
        // What differs from the good message after a round trip is what was flipped, and nothing else.
        for (std::size_t i = 0; i < again.size(); ++i) {
            if (i != at) CHECK(again[i] == good[i]);
        }
    });
}

#include "plugins/ipmi/wire/rmcpp.hpp"

#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/wire/captured.hpp"
#include "tests/plugins/ipmi/wire/hex.hpp"
#include "tests/plugins/ipmi/wire/mangle.hpp"

using namespace haas::ipmi;

TEST_CASE("every captured RMCP+ datagram decodes, with header, trailer and AuthCode where they are") {
    const auto check = [](const std::vector<Captured>& session, std::size_t code_size) {
        for (std::size_t i = 2; i < session.size(); ++i) {
            const Bytes datagram = from_hex(session[i].hex);
            const auto packet = decode_rmcpp(datagram, code_size);
            REQUIRE(packet);
            const bool is_protected = session[i].plain[0] != '\0';
            CHECK(packet->header.authenticated == is_protected);
            CHECK(packet->header.encrypted == is_protected);
            CHECK(packet->payload.size() == packet->header.payload_size);
            CHECK(packet->payload.data() == datagram.data() + rmcpp_payload_offset);
            CHECK(packet->auth_code.size() == (is_protected ? code_size : 0));
            if (is_protected) CHECK(packet->authenticated.size() == datagram.size() - 4 - code_size);
        }
    };
    check(suite_3_chassis_status, 12);
    check(suite_3_boot_device, 12);
    check(suite_17_chassis_status, 16);
    check(suite_17_with_kg, 16);
}

TEST_CASE("the fields of a captured packet") {
    // The answer to Set Session Privilege Level; bytes read by hand after table 13-8.
    const Bytes datagram = from_hex(suite_3_chassis_status[9].hex);
    const auto packet = decode_rmcpp(datagram, 12);
    REQUIRE(packet);
    CHECK(packet->header.type == PayloadType::ipmi);
    CHECK(packet->header.session_id == 0xa0a2a3a4);
    CHECK(packet->header.sequence == 1);
    CHECK(packet->header.payload_size == 32);
    CHECK(copy(packet->auth_code) == from_hex("3c2f9c2fdcc201b83cf17f80"));
}

TEST_CASE("the trailer pads from authentication type to next header to a multiple of four") {
    const auto trailer_after = [](std::size_t payload_bytes) {
        Bytes out;
        Writer writer(out);
        RmcppHeader header;
        header.authenticated = true;
        header.payload_size = static_cast<std::uint16_t>(payload_bytes);
        write_rmcp_and_session_header(writer, header);
        writer.fill(payload_bytes, 0xaa);
        const std::size_t at = out.size();
        write_trailer(writer, 0);
        return Bytes(out.begin() + static_cast<std::ptrdiff_t>(at), out.end());
    };
    // The session header is 12 bytes, pad length and next header are 2.
    CHECK(trailer_after(2) == from_hex("00 07"));
    CHECK(trailer_after(3) == from_hex("ffffff 03 07"));
    CHECK(trailer_after(4) == from_hex("ffff 02 07"));
    CHECK(trailer_after(5) == from_hex("ff 01 07"));
    CHECK(trailer_after(32) == from_hex("ffff 02 07"));  // as in every captured packet
}

TEST_CASE("the pad length byte is believed, whichever way the peer counts") {
    // Authenticated, not encrypted, payload of 2 bytes; AuthCode of 12 zeros.
    const Bytes head = from_hex("0600ff07 06 40 01000000 02000000 0200 aaaa");
    const auto with_trailer = [&](const char* trailer) {
        Bytes datagram = head;
        const Bytes tail = from_hex(trailer);
        datagram.insert(datagram.end(), tail.begin(), tail.end());
        datagram.resize(datagram.size() + 12, 0);
        return datagram;
    };
    const Bytes none = with_trailer("00 07");
    const Bytes four = with_trailer("ffffffff 04 07");  // phosphor-net-ipmid
    const Bytes two = with_trailer("ffff 02 07");       // ipmitool's `icts`
    CHECK(decode_rmcpp(none, 12));
    CHECK(decode_rmcpp(four, 12));
    CHECK(decode_rmcpp(two, 12));
    CHECK(decode_rmcpp(four, 12)->authenticated.size() == four.size() - 4 - 12);
    CHECK_FALSE(decode_rmcpp(with_trailer("ffff 01 07"), 12));  // length and byte disagree
    CHECK_FALSE(decode_rmcpp(with_trailer("ffff 02 06"), 12));  // another next header
    CHECK_FALSE(decode_rmcpp(none, 16));                        // shorter than the AuthCode should be
}

TEST_CASE("truncated and lengthened packets are refused") {
    for (const std::size_t i : {3U, 9U}) {
        const Bytes good = from_hex(suite_3_chassis_status[i].hex);
        each_truncation(good, [](const Bytes& cut) { CHECK_FALSE(decode_rmcpp(cut, 12)); });
        CHECK_FALSE(decode_rmcpp(with_trailing_byte(good), 12));
    }
}

TEST_CASE("a flip either is refused or moves nothing") {
    const Bytes good = from_hex(suite_3_chassis_status[9].hex);
    each_flip(good, [&](const Bytes& flipped, std::size_t at) {
        const auto packet = decode_rmcpp(flipped, 12);
        const bool framing = at == 0 || at == 3 || at == 4 || at == 14 || at == 15;
        if (framing) CHECK_FALSE(packet);
        if (packet) CHECK(packet->payload.data() == flipped.data() + rmcpp_payload_offset);
    });
}

TEST_CASE("OEM explicit payloads, whose header is longer, are refused") {
    CHECK_FALSE(decode_rmcpp(from_hex("0600ff07 06 02 57010000 0000 00000000 00000000 0000"), 12));
    CHECK_FALSE(peek_rmcpp_header(from_hex("0600ff07 06 02 57010000 0000 00000000 00000000 0000")));
}

TEST_CASE("a packet outside a session is captured byte for byte") {
    const Bytes request = from_hex(suite_3_chassis_status[2].hex);
    Bytes out;
    encode_unprotected(PayloadType::open_session_request, ByteView(request).subspan(16), out);
    CHECK(out == request);
}

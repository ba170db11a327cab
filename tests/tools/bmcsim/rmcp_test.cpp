#include "tools/bmcsim/rmcp.hpp"

#include <catch2/catch.hpp>

#include "tests/tools/bmcsim/captured.hpp"
#include "tests/tools/bmcsim/hex.hpp"

using namespace haas::bmcsim;

TEST_CASE("a presence ping of ASF 2.0 gets a pong that offers IPMI") {
    // ASF 2.0 section 3.2.4.2: IANA 4542, type 80h, tag, no data.
    const auto ping = hex("0600ff06 000011be 80 2a 00 00");
    const Outer outer = decode_rmcp(ping);
    REQUIRE(outer.layer == Layer::ping);
    REQUIRE(decode_ping(outer.body) == 0x2A);
    Packet pong;
    encode_pong(pong, 0x2A);
    // Section 3.2.4.3: type 40h, sixteen bytes: IANA, OEM data, entities (IPMI, ASF 1.0), interactions, reserved.
    CHECK(listed(pong.view()) == hex("0600ff06 000011be 40 2a 00 10 000011be 00000000 81 00 000000000000"));
}

TEST_CASE("what is no ping is none") {
    const auto ping = hex("000011be 80 2a 00 00");
    for (std::size_t size = 0; size < ping.size(); ++size) {
        CHECK_FALSE(decode_ping(Octets(ping).first(size)).has_value());
    }
    CHECK_FALSE(decode_ping(hex("000011be 40 2a 00 00")).has_value());
    CHECK_FALSE(decode_ping(hex("000011bf 80 2a 00 00")).has_value());
    CHECK_FALSE(decode_ping(hex("000011be 80 2a 00 00 00")).has_value());
}

TEST_CASE("RMCP's version and class are checked") {
    CHECK(decode_rmcp(hex("0600ff07 06")).layer == Layer::rmcpp);
    CHECK(decode_rmcp(hex("0600ff07 00")).layer == Layer::ipmi15);
    CHECK(decode_rmcp(hex("0600ff07 02")).layer == Layer::malformed);  // an IPMI 1.5 session with MD5
    CHECK(decode_rmcp(hex("0500ff07 06")).layer == Layer::malformed);
    CHECK(decode_rmcp(hex("0600ff87 06")).layer == Layer::malformed);  // an RMCP ACK
    CHECK(decode_rmcp(hex("0600ff07")).layer == Layer::malformed);
    CHECK(decode_rmcp({}).layer == Layer::malformed);
}

TEST_CASE("ipmitool's first packet is a message in the IPMI 1.5 wrapper") {
    const auto datagram = hex(captured::capabilities);
    const Outer outer = decode_rmcp(datagram);
    REQUIRE(outer.layer == Layer::ipmi15);
    const auto message = decode_ipmi15(outer.body);
    REQUIRE(message.has_value());
    CHECK(listed(*message) == hex("2018c88100388e04b5"));
    for (std::size_t size = 1; size < outer.body.size(); ++size) {
        CHECK_FALSE(decode_ipmi15(outer.body.first(size)).has_value());
    }
    Packet again;
    encode_ipmi15(again, *message);
    CHECK(listed(again.view()) == datagram);
}

TEST_CASE("an RMCP+ packet of ipmitool comes apart into header, payload and trailer") {
    const auto datagram = hex(captured::set_privilege3);
    const auto packet = decode_rmcpp(decode_rmcp(datagram).body);
    REQUIRE(packet.has_value());
    CHECK(packet->type == 0);
    CHECK(packet->encrypted);
    CHECK(packet->authenticated);
    CHECK(packet->session_id == 2);
    CHECK(packet->sequence == 3);
    CHECK(packet->payload.size() == 32);
    const auto trailer = decode_trailer(*packet, 12);
    REQUIRE(trailer.has_value());
    CHECK(trailer->pad == 2);
    CHECK(listed(trailer->auth_code) == hex("a4ba28d49c42346a5dcc1389"));
    CHECK(trailer->covered.size() == datagram.size() - rmcp_size - 12);
    // With the longer AuthCode of another suite nothing fits.
    CHECK_FALSE(decode_trailer(*packet, 16).has_value());
}

TEST_CASE("a cut RMCP+ packet is not taken") {
    const auto datagram = hex(captured::set_privilege3);
    const Octets body = Octets(datagram).subspan(rmcp_size);
    for (std::size_t size = 0; size < body.size(); ++size) {
        const auto packet = decode_rmcpp(body.first(size));
        CHECK((!packet || !decode_trailer(*packet, 12)));
    }
}

TEST_CASE("OEM payloads are not understood") {
    CHECK_FALSE(decode_rmcpp(hex("06 02 00000000 00000000 0000")).has_value());
    CHECK(decode_rmcpp(hex("06 10 00000000 00000000 0000")).has_value());
}

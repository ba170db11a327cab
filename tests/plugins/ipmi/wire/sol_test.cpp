#include "plugins/ipmi/wire/sol.hpp"

#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/wire/hex.hpp"
#include "tests/plugins/ipmi/wire/mangle.hpp"

using namespace haas::ipmi;

// IPMI 2.0 table 15-2: sequence number, acknowledged sequence number, accepted character count, status, data.
TEST_CASE("a SOL packet is four bytes and its characters") {
    const Bytes payload = from_hex("0a05ff68 0041ff");
    const auto packet = decode_sol(payload);
    REQUIRE(packet);
    CHECK(packet->sequence == 10);
    CHECK(packet->ack == 5);
    CHECK(packet->accepted == 255);
    CHECK(packet->has(sol_nack));
    CHECK(packet->has(sol_unavailable));
    CHECK(packet->has(sol_overrun));
    CHECK_FALSE(packet->has(sol_deactivated));
    CHECK(copy(packet->data) == from_hex("0041ff"));
    Bytes again;
    encode_sol(*packet, again);
    CHECK(again == payload);
}

TEST_CASE("only the header must be there") {
    each_truncation(from_hex("01020304"), [](const Bytes& cut) { CHECK_FALSE(decode_sol(cut)); });
    CHECK(decode_sol(from_hex("01020304"))->data.empty());
    CHECK(decode_sol(with_trailing_byte(from_hex("01020304")))->data.size() == 1);
}

TEST_CASE("the upper halves of the sequence bytes do not matter, each other bit does") {
    const Bytes good = from_hex("01020304 05");
    each_flip(good, [&good](const Bytes& flipped, std::size_t at) {
        Bytes encoded;
        encode_sol(*decode_sol(flipped), encoded);
        const bool reserved = at < 2 && (flipped[at] ^ good[at]) >= 0x10;
        CHECK((encoded == good) == reserved);
        if (!reserved) CHECK(encoded == flipped);
    });
}

TEST_CASE("1 follows 15") {
    CHECK(sol_following(1) == 2);
    CHECK(sol_following(14) == 15);
    CHECK(sol_following(15) == 1);
}

#include "plugins/ipmi/crypto/integrity.hpp"

#include <catch2/catch.hpp>

#include "plugins/ipmi/wire/rmcpp.hpp"
#include "tests/plugins/ipmi/wire/captured.hpp"
#include "tests/plugins/ipmi/wire/hex.hpp"

using namespace haas::ipmi;

TEST_CASE("HMAC-SHA1-96 and HMAC-SHA256-128 truncate as RFC 2202 and RFC 4231, test case 5") {
    const Integrity sha1(Hash::sha1, Bytes(20, 0x0c));
    const Integrity sha256(Hash::sha256, Bytes(20, 0x0c));
    CHECK(copy(sha1.code(view("Test With Truncation")).view()) == from_hex("4c1a03424b55e07fe7f27be1"));
    CHECK(copy(sha256.code(view("Test With Truncation")).view()) == from_hex("a3b6167473100ee06e0c796c2955552b"));
}

TEST_CASE("every AuthCode of the captured sessions verifies, and no flipped one does") {
    const auto check = [](const std::vector<Captured>& session, const Integrity& integrity) {
        unsigned verified = 0;
        for (const Captured& captured : session) {
            if (captured.plain[0] == '\0') continue;
            const Bytes datagram = from_hex(captured.hex);
            const auto packet = decode_rmcpp(datagram, integrity.code_bytes());
            REQUIRE(packet);
            CHECK(integrity.verifies(packet->authenticated, packet->auth_code));
            Bytes wrong = copy(packet->auth_code);
            wrong.back() ^= 0x01;
            CHECK_FALSE(integrity.verifies(packet->authenticated, wrong));
            CHECK_FALSE(integrity.verifies(packet->authenticated, packet->auth_code.first(8)));
            ++verified;
        }
        CHECK(verified == 14);
    };
    // K1 as in crypto/rakp_test.cpp.
    check(suite_3_chassis_status, Integrity(Hash::sha1, from_hex("9b771c9d844d64808eaf5cdece23239d08f05d32")));
    check(suite_17_chassis_status,
          Integrity(Hash::sha256, from_hex("8d623687b2926f0774fb7a120b3cf24ebd5f190d11cd97aa8ddcb032eeea5c5a")));
}

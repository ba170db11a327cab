#include "plugins/ipmi/crypto/confidentiality.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/wire/captured.hpp"
#include "tests/plugins/ipmi/wire/hex.hpp"

using namespace haas::ipmi;

namespace {

// NIST SP 800-38A, F.2.1 CBC-AES128.Encrypt.
const Bytes nist_key = from_hex("2b7e151628aed2a6abf7158809cf4f3c");
const Bytes nist_iv = from_hex("000102030405060708090a0b0c0d0e0f");
const Bytes nist_plain = from_hex(
    "6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710");
const Bytes nist_cipher = from_hex(
    "7649abac8119b246cee98e9b12e9197d 5086cb9b507219ee95db113a917678b2"
    "73bed6b8e3c1743b7116e69e22229516 3ff1caa1681fac09120eca307586e1a7");

class GivenIv final : public Random {
public:
    void fill(std::span<std::uint8_t> out) override { std::copy_n(nist_iv.begin(), out.size(), out.begin()); }
};

}  // namespace

TEST_CASE("encryption is AES-128-CBC of NIST SP 800-38A behind its initialisation vector") {
    GivenIv random;
    Bytes out = from_hex("ff");  // what is there already stays
    Confidentiality(nist_key).encrypt(nist_plain, random, out);
    REQUIRE(out.size() == 1 + Confidentiality::encrypted_size(nist_plain.size()));
    CHECK(out[0] == 0xff);
    CHECK(Bytes(out.begin() + 1, out.begin() + 17) == nist_iv);
    CHECK(Bytes(out.begin() + 17, out.begin() + 17 + 64) == nist_cipher);
}

TEST_CASE("decryption is AES-128-CBC, and a pad length of 16 or more is refused") {
    // The plain text of each NIST block ends in a byte over 15, so none of them is a payload.
    for (std::size_t blocks = 1; blocks <= 4; ++blocks) {
        Bytes payload = nist_iv;
        const auto size = static_cast<std::ptrdiff_t>(16 * blocks);
        payload.insert(payload.end(), nist_cipher.begin(), nist_cipher.begin() + size);
        CHECK_FALSE(Confidentiality(nist_key).decrypt(payload));
        CHECK(Bytes(payload.begin() + 16, payload.end()) == Bytes(nist_plain.begin(), nist_plain.begin() + size));
    }
}

TEST_CASE("every payload of the captured sessions decrypts to what openssl made of it") {
    const auto check = [](const std::vector<Captured>& session, const char* k2) {
        const Confidentiality confidentiality(from_hex(k2));
        for (const Captured& captured : session) {
            if (captured.plain[0] == '\0') continue;
            const Bytes datagram = from_hex(captured.hex);
            Bytes payload(datagram.begin() + 16, datagram.begin() + 16 + datagram[14]);
            const auto plain = confidentiality.decrypt(payload);
            REQUIRE(plain);
            CHECK(copy(*plain) == from_hex(captured.plain));
        }
    };
    // K2 as in crypto/rakp_test.cpp.
    check(suite_3_chassis_status, "d5268e882fd4b7d108ad3508969f69d8c624e2b1");
    check(suite_17_chassis_status, "008dcf0196a4579be967c8447f2eaac542f9d52f8f2e51eee7de3cc45c7b2136");
}

TEST_CASE("all sizes come back, padded 01 02 03 .. and the pad's length") {
    SystemRandom random;
    const Confidentiality confidentiality(nist_key);
    for (std::size_t size = 0; size <= 48; ++size) {
        const Bytes data(size, 0xee);
        Bytes payload;
        confidentiality.encrypt(data, random, payload);
        // IV, and data with at least the pad length byte rounded up to blocks: section 13.29.
        CHECK(payload.size() == 16 + ((size + 1) + 15) / 16 * 16);
        const auto plain = confidentiality.decrypt(payload);
        REQUIRE(plain);
        CHECK(copy(*plain) == data);
        const Bytes tail(payload.begin() + 16 + static_cast<std::ptrdiff_t>(size), payload.end());
        for (std::size_t i = 0; i + 1 < tail.size(); ++i) CHECK(tail[i] == i + 1);
        CHECK(tail.back() == tail.size() - 1);
    }
}

TEST_CASE("no initialisation vector comes twice") {
    SystemRandom random;
    Bytes first;
    Bytes second;
    Confidentiality(nist_key).encrypt(nist_plain, random, first);
    Confidentiality(nist_key).encrypt(nist_plain, random, second);
    CHECK(Bytes(first.begin(), first.begin() + 16) != Bytes(second.begin(), second.begin() + 16));
}

TEST_CASE("sizes that no payload has are refused untouched") {
    for (std::size_t size = 0; size <= 80; ++size) {
        if (size >= 32 && size % 16 == 0) continue;
        Bytes payload(size, 0x55);
        CHECK_FALSE(Confidentiality(nist_key).decrypt(payload));
        CHECK(payload == Bytes(size, 0x55));
    }
}

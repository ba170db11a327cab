#include "tools/bmcsim/crypto.hpp"

#include <catch2/catch.hpp>

#include "tests/tools/bmcsim/captured.hpp"
#include "tests/tools/bmcsim/hex.hpp"
#include "tools/bmcsim/message.hpp"
#include "tools/bmcsim/rmcp.hpp"

using namespace haas::bmcsim;

namespace {

template <std::size_t Size>
std::array<std::uint8_t, Size> part(const char* text, std::size_t from) {
    const auto octets = hex(text);
    std::array<std::uint8_t, Size> cut{};
    std::copy_n(octets.begin() + static_cast<std::ptrdiff_t>(from), Size, cut.begin());
    return cut;
}

// Where things stand in a captured datagram: the payload begins at 16.
RakpInputs suite3() {
    return {0xA0A2A3A4,
            2,
            part<16>(captured::rakp1_3, 24),
            part<16>(captured::rakp2_3, 24),
            part<16>(captured::rakp2_3, 40),
            0x14,
            "admin"};
}
RakpInputs suite17() {
    return {0xA0A2A3A4,
            0x084525B7,
            part<16>(captured::rakp1_17, 24),
            part<16>(captured::bmc_random17, 0),
            part<16>(captured::guid17, 0),
            0x14,
            "admin"};
}
const auto password = hex("70617373776f7264");

}  // namespace

TEST_CASE("HMAC as in RFC 2202 and RFC 4231, case 2") {
    Crypto crypto;
    const auto key = hex("4a656665");  // "Jefe"
    const auto what = hex("7768617420646f2079612077616e74");
    const auto rest = hex("20666f72206e6f7468696e673f");
    CHECK(listed(crypto.hmac(Authentication::hmac_sha1, key, {what, rest}).view()) ==
          hex("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"));
    CHECK(listed(crypto.hmac(Authentication::hmac_sha256, key, {what, rest}).view()) ==
          hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
}

TEST_CASE("an empty key is no other key") {
    Crypto crypto;
    crypto.hmac(Authentication::hmac_sha1, hex("4a656665"), {});
    // HMAC-SHA1 with an empty key over nothing, a value often printed.
    CHECK(listed(crypto.hmac(Authentication::hmac_sha1, {}, {}).view()) == hex("fbdb1d1b18aa6c08324b7d64b71fb76370690e1d"));
}

TEST_CASE("AES-128-CBC as in NIST SP 800-38A, F.2.1") {
    Crypto crypto;
    const auto key = part<16>("2b7e151628aed2a6abf7158809cf4f3c", 0);
    const auto iv = hex("000102030405060708090a0b0c0d0e0f");
    const auto plain = hex("6bc1bee22e409f96e93d7e117393172a");
    Packet out;
    crypto.encrypt(out, key, iv, plain);
    // The IV, the vector's block, and one block of pad.
    REQUIRE(out.size() == 48);
    CHECK(listed(out.view().subspan(16, 16)) == hex("7649abac8119b246cee98e9b12e9197d"));
    Packet back;
    REQUIRE(crypto.decrypt(back, key, out.view()));
    CHECK(listed(back.view()) == plain);
}

TEST_CASE("what cannot be decrypted is refused") {
    Crypto crypto;
    const Crypto::Key key{};
    Packet out;
    CHECK_FALSE(crypto.decrypt(out, key, {}));
    CHECK_FALSE(crypto.decrypt(out, key, std::vector<std::uint8_t>(16)));
    CHECK_FALSE(crypto.decrypt(out, key, std::vector<std::uint8_t>(33)));
    // Under this key 32 zeros decrypt to a block that ends in a pad length above 15.
    CHECK_FALSE(crypto.decrypt(out, key, std::vector<std::uint8_t>(32)));
}

TEST_CASE("suite 3: the hashes of ipmi_sim and ipmitool") {
    Crypto crypto;
    const auto algorithm = Authentication::hmac_sha1;
    CHECK(listed(rakp2_code(crypto, algorithm, suite3(), password).view()) ==
          hex("a737a39be056047c1d3ccbab9a0c8d26b3e745f8"));
    CHECK(listed(rakp3_code(crypto, algorithm, suite3(), password).view()) ==
          hex("67d3fdf163e811b7aebbdc5d09308879ac1fb840"));
    const Digest sik = session_integrity_key(crypto, algorithm, suite3(), password);
    CHECK(listed(sik.view()) == hex(captured::sik3));
    CHECK(listed(check_value(crypto, algorithm, suite3(), sik.view()).view()) == hex("1df1ae1ef5e2361efa888278"));
    CHECK(listed(additional_key(crypto, algorithm, sik.view(), 1).view()) == hex(captured::k1_3));
    CHECK(listed(additional_key(crypto, algorithm, sik.view(), 2).view()) == hex(captured::k2_3));
}

TEST_CASE("suite 17: the hashes of ipmitool") {
    Crypto crypto;
    const auto algorithm = Authentication::hmac_sha256;
    const auto rakp3 = hex(captured::rakp3_17);
    CHECK(listed(rakp3_code(crypto, algorithm, suite17(), password).view()) == listed(Octets(rakp3).subspan(24)));
    const Digest sik = session_integrity_key(crypto, algorithm, suite17(), password);
    CHECK(listed(sik.view()) == hex(captured::sik17));
    CHECK(listed(additional_key(crypto, algorithm, sik.view(), 1).view()) == hex(captured::k1_17));
    CHECK(listed(additional_key(crypto, algorithm, sik.view(), 2).view()) == hex(captured::k2_17));
}

TEST_CASE("packets of captured sessions: AuthCode and plain text") {
    struct Sample {
        const char* datagram;
        Integrity integrity;
        const char* k1;
        const char* k2;
        const char* message;
    };
    // Set Session Privilege Level (App 3Bh) to ADMINISTRATOR; rqSeq 1.
    const auto sample = GENERATE(
        Sample{captured::set_privilege3, Integrity::hmac_sha1_96, captured::k1_3, captured::k2_3, "2018c8 81043b 04 3c"},
        Sample{captured::set_privilege17, Integrity::hmac_sha256_128, captured::k1_17, captured::k2_17,
               "2018c8 81043b 04 3c"},
        Sample{captured::privilege_set3, Integrity::hmac_sha1_96, captured::k1_3, captured::k2_3,
               "811c63 20043b 00 04 9d"});
    Crypto crypto;
    const auto datagram = hex(sample.datagram);
    const auto packet = decode_rmcpp(Octets(datagram).subspan(rmcp_size));
    REQUIRE(packet.has_value());
    const auto trailer = decode_trailer(*packet, auth_code_size(sample.integrity));
    REQUIRE(trailer.has_value());
    CHECK(same(crypto.auth_code(sample.integrity, hex(sample.k1), trailer->covered).view(), trailer->auth_code));
    Packet plain;
    REQUIRE(crypto.decrypt(plain, part<16>(sample.k2, 0), packet->payload));
    CHECK(listed(plain.view()) == hex(sample.message));
}

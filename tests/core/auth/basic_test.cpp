#include "core/auth/basic.hpp"

#include <catch2/catch.hpp>

using haas::auth::decode_base64;
using haas::auth::decode_basic;

namespace {

// Expected bytes are those of RFC 4648 section 10, or of `printf … | base64`.
bool decodes_to(std::string_view text, std::string_view bytes) {
    const auto decoded = decode_base64(text);
    return decoded && decoded->reveal() == bytes;
}

}  // namespace

TEST_CASE("the test vectors of RFC 4648 section 10") {
    CHECK(decodes_to("", ""));
    CHECK(decodes_to("Zg==", "f"));
    CHECK(decodes_to("Zm8=", "fo"));
    CHECK(decodes_to("Zm9v", "foo"));
    CHECK(decodes_to("Zm9vYg==", "foob"));
    CHECK(decodes_to("Zm9vYmE=", "fooba"));
    CHECK(decodes_to("Zm9vYmFy", "foobar"));
    CHECK(decodes_to("AP/+", std::string_view("\0\xff\xfe", 3)));
    CHECK(decodes_to("+/+/", "\xfb\xff\xbf"));
}

TEST_CASE("base64 that is not canonical is refused") {
    for (const char* text : {"Z",        "Zg",   "Zg=",      "Zm8",     "=",        "==",    "===",    "====",   "Z===",
                             "=Zg=",     "Zg=g", "Zg==Zg==", "Zm9v=",   "Zm9v====", "Zm 9v", "Zm9v\n", "\nZm9v", " Zm9",
                             "Zm9v    ", "Zm9-", "Zm9_",     "Zm9\x80", "Zm9.",     "Zh==",  "Zm9="}) {
        INFO(text);
        CHECK_FALSE(decode_base64(text));
    }
    CHECK_FALSE(decode_base64(std::string_view("Zm9\0", 4)));
}

TEST_CASE("every single wrong byte in a base64 text is seen") {
    const std::string good = "Zm9vYmE=";
    const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (int byte = 0; byte < 256; ++byte) {
            std::string text = good;
            text[at] = static_cast<char>(byte);
            if (text == good) continue;
            INFO(at << ' ' << byte);
            // Refused, or another word of the alphabet and then other bytes: never the same ones.
            const auto decoded = decode_base64(text);
            if (alphabet.find(text[at]) == std::string::npos) {
                // One "=" in the seventh place makes Zm9vYm== , whose last unused bits are not zero.
                CHECK_FALSE(decoded);
            } else if (decoded) {
                CHECK(decoded->reveal() != "fooba");
            }
        }
    }
}

TEST_CASE("the examples of RFC 7617") {
    // section 2
    const auto aladdin = decode_basic("QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    REQUIRE(aladdin);
    CHECK(aladdin->user == "Aladdin");
    CHECK(aladdin->password.reveal() == "open sesame");
    // section 2.1: "test" and "123£" in UTF-8
    const auto pound = decode_basic("dGVzdDoxMjPCow==");
    REQUIRE(pound);
    CHECK(pound->user == "test");
    CHECK(pound->password.reveal() == "123\xc2\xa3");
}

TEST_CASE("the user ends at the first colon") {
    const auto colons = decode_basic("YWRtaW46Y29ycmVjdC1ob3JzZTpiYXR0ZXJ5OnN0YXBsZQ==");  // printf | base64
    REQUIRE(colons);
    CHECK(colons->user == "admin");
    CHECK(colons->password.reveal() == "correct-horse:battery:staple");
    const auto no_password = decode_basic("YWRtaW46");  // admin:
    REQUIRE(no_password);
    CHECK(no_password->password.empty());
    CHECK_FALSE(decode_basic("YWRtaW4wMTIzNDU2Nzg5YWJjZGVm"));  // admin0123456789abcdef, no colon
    CHECK_FALSE(decode_basic(""));
}

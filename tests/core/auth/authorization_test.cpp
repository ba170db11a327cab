#include "core/auth/authorization.hpp"

#include <random>

#include <catch2/catch.hpp>

using haas::auth::parse_authorization;

namespace {

const std::string token = "0123456789abcdef";
// printf %s 'admin:0123456789abcdef' | base64
const std::string pair = "YWRtaW46MDEyMzQ1Njc4OWFiY2RlZg==";

bool is_bearer(const std::string& header, std::string_view text) {
    const auto sent = parse_authorization(header);
    return sent && sent->bearer && sent->user.empty() && sent->secret.reveal() == text;
}

bool is_basic(const std::string& header, std::string_view user, std::string_view password) {
    const auto sent = parse_authorization(header);
    return sent && !sent->bearer && sent->user == user && sent->secret.reveal() == password;
}

}  // namespace

TEST_CASE("Basic and Bearer are read whatever their case and however many spaces follow") {
    for (const std::string scheme : {"Basic ", "basic ", "BASIC ", "bAsIc    "}) CHECK(is_basic(scheme + pair, "admin", token));
    for (const std::string scheme : {"Bearer ", "bearer ", "BEARER  "}) CHECK(is_bearer(scheme + token, token));
    // printf %s 'admin:correct-horse:battery:staple' | base64
    CHECK(is_basic("Basic YWRtaW46Y29ycmVjdC1ob3JzZTpiYXR0ZXJ5OnN0YXBsZQ==", "admin", "correct-horse:battery:staple"));
    CHECK(is_bearer("Bearer correct horse battery ", "correct horse battery "));
    CHECK(is_basic("Basic OjAxMjM0NTY3ODlhYmNkZWY=", "", token));  // :0123456789abcdef
    CHECK(is_basic("Basic YWRtaW46", "admin", ""));                 // admin:
}

TEST_CASE("the longest name and the longest token are read, and nothing beyond") {
    CHECK(is_bearer("Bearer " + std::string(1024, '0'), std::string(1024, '0')));
    // printf %s aaa | base64; printf %s :00 | base64; printf %s 000 | base64; printf %s 00 | base64
    std::string longest = "Basic ";
    for (int i = 0; i < 85; ++i) longest += "YWFh";
    longest += "OjAw";
    for (int i = 0; i < 340; ++i) longest += "MDAw";
    CHECK(is_basic(longest + "MDA=", std::string(255, 'a'), std::string(1024, '0')));
    CHECK_FALSE(parse_authorization("Basic YWFh" + longest.substr(6)));  // a name of 258
    for (const char* scheme : {"Basic ", "Bearer ", "", "Bearer"}) {
        CHECK_FALSE(parse_authorization(scheme + std::string(std::size_t{1} << 20, 'A')));
        CHECK_FALSE(parse_authorization(scheme + std::string(std::size_t{1} << 20, ' ') + token));
    }
}

TEST_CASE("what is neither Basic nor Bearer is nothing") {
    const std::string nul(1, '\0');
    for (const std::string& header : {std::string(), std::string(" "), std::string("Basic"), std::string("Basic "),
                                      std::string("Bearer"), std::string("Bearer      "), "Basic" + pair, " Basic " + pair,
                                      "Basic\t" + pair, "Basic " + pair + " ", "Basic " + pair + "=",
                                      "Basic " + pair.substr(0, pair.size() - 1), "Basic =" + pair,
                                      "Basic " + pair + "," + pair, "Basic " + pair + nul, nul + "Basic " + pair,
                                      "Basic " + token,
                                      std::string("Basic YWRtaW4wMTIzNDU2Nzg5YWJjZGVm"),  // no colon
                                      "Bearer\t" + token, "Bearer" + token, "Bearer:" + token, "Token " + token,
                                      "Digest " + token, token, pair}) {
        INFO(header);
        CHECK_FALSE(parse_authorization(header));
    }
}

TEST_CASE("no change of one byte of a good header says the same, but of the scheme's case") {
    for (const std::string& good : {"Basic " + pair, "Bearer " + token}) {
        const std::size_t scheme = good.find(' ');
        const auto says_the_same = [&](const std::string& header) {
            return is_basic(header, "admin", token) || is_bearer(header, token);
        };
        for (std::size_t at = 0; at < good.size(); ++at) {
            for (int byte = 0; byte < 256; ++byte) {
                std::string header = good;
                header[at] = static_cast<char>(byte);
                const bool only_case = at < scheme && (byte ^ good[at]) == 0x20;
                INFO(good << ' ' << at << ' ' << byte);
                REQUIRE(says_the_same(header) == (header == good || only_case));
            }
        }
        for (std::size_t size = 0; size < good.size(); ++size) CHECK_FALSE(says_the_same(good.substr(0, size)));
    }
}

TEST_CASE("random bytes are read without harm, and a name never has a colon") {
    std::mt19937 random(7617);
    for (int i = 0; i < 20'000; ++i) {
        std::string header = i % 3 == 0 ? "" : i % 3 == 1 ? "Basic " : "Bearer ";
        const auto length = std::uniform_int_distribution<std::size_t>(0, 60)(random);
        for (std::size_t k = 0; k < length; ++k) header += static_cast<char>(random() & 0xffU);
        const auto sent = parse_authorization(header);
        if (sent) REQUIRE(sent->user.find(':') == std::string::npos);
    }
}

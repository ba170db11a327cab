#include "plugins/ipmi/session/credentials.hpp"

#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/wire/hex.hpp"

using namespace haas::ipmi;

namespace {

std::string refusal_of(std::string_view user, std::string_view password, std::optional<ByteView> kg = std::nullopt) {
    const auto made = Credentials::make(user, password, kg);
    return std::holds_alternative<std::string>(made) ? std::get<std::string>(made) : "";
}

}  // namespace

TEST_CASE("lengths that IPMI 2.0 carries are taken whole") {
    const auto made = Credentials::make("sixteen-bytes-ab", "twenty-bytes-passwor");
    const auto& credentials = std::get<Credentials>(made);
    CHECK(copy(credentials.user()) == copy(view("sixteen-bytes-ab")));
    CHECK(copy(credentials.kuid()) == copy(view("twenty-bytes-passwor")));
    CHECK(copy(credentials.sik_key()) == copy(credentials.kuid()));
    CHECK_FALSE(credentials.kg_is_set());
    CHECK(refusal_of("", "").empty());
    CHECK(refusal_of("admin", "seventeen-bytes-p").empty());
}

TEST_CASE("longer ones are refused with both byte counts, and without the secret") {
    CHECK(refusal_of("seventeen-bytes-a", "x") == "the user name has 17 bytes, and IPMI 2.0 carries at most 16");
    const std::string password = refusal_of("admin", "twenty-one-bytes-pass");
    CHECK(password ==
          "the password has 21 bytes, and IPMI 2.0 carries at most 20; the BMC's web interface may take longer ones, "
          "its IPMI does not");
    const Bytes kg(21, 0x41);
    CHECK(refusal_of("admin", "x", kg) == "the BMC key Kg has 21 bytes, and IPMI 2.0 carries at most 20");
}

TEST_CASE("bytes are counted, not characters") {
    // Eleven times a letter of two bytes in UTF-8.
    CHECK(refusal_of("admin", "äääääääääää").starts_with("the password has 22 bytes"));
    CHECK(refusal_of("ääääääää", "ääääääääää").empty());
}

TEST_CASE("a NUL inside name or password is refused, in Kg it is a byte like others") {
    CHECK(refusal_of(std::string_view("ad\0min", 6), "x") == "the user name contains a NUL byte");
    CHECK(refusal_of("admin", std::string_view("\0", 1)) == "the password contains a NUL byte");
    const Bytes kg = from_hex("00010203 00");
    const auto made = Credentials::make("admin", "password", kg);
    const auto& credentials = std::get<Credentials>(made);
    CHECK(credentials.kg_is_set());
    CHECK(copy(credentials.sik_key()) == kg);
    CHECK(copy(credentials.kuid()) == copy(view("password")));
}

TEST_CASE("Kg is written as text, or as 0x and hexadecimal digits; a refusal holds no part of it") {
    const auto bytes_of = [](std::string_view written) { return std::get<Bytes>(parse_kg(written)); };
    CHECK(bytes_of("key") == Bytes{'k', 'e', 'y'});
    CHECK(bytes_of("0X12") == Bytes{'0', 'X', '1', '2'});
    CHECK(bytes_of("0x00fFa1") == Bytes{0x00, 0xff, 0xa1});
    CHECK(bytes_of("0x").empty());
    CHECK(bytes_of("").empty());
    for (const std::string_view written : {"0x123", "0x12g4", "0x-1", "0x+1", "0x 1"}) {
        const auto parsed = parse_kg(written);
        REQUIRE(std::holds_alternative<std::string>(parsed));
        CHECK(std::get<std::string>(parsed).find(written.substr(2)) == std::string::npos);
    }
}

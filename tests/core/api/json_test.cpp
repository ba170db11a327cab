#include "core/api/json.hpp"

#include <catch2/catch.hpp>

using haas::Errc;
using haas::api::JsonWriter;
using haas::api::parse_json;
using haas::api::to_json;

TEST_CASE("JSON comes in whole, and goes out again") {
    const auto value = parse_json(R"( {"a": [1, -2.5, true, null, "\u00e9\n"], "b": {}} )", 32);
    REQUIRE(value);
    CHECK(to_json(*value) == "{\"a\":[1,-2.5,true,null,\"\xc3\xa9\\n\"],\"b\":{}}");
}

TEST_CASE("what is not exactly one JSON value is refused with what and where") {
    for (const char* text : {"{", "[1,]", "{\"a\":1} x", "nul", "{'a': 1}", "\"\\x\"", "01", "[1] [2]", ""}) {
        const auto value = parse_json(text, 32);
        REQUIRE_FALSE(value);
        CHECK(value.error().code == Errc::invalid);
        CHECK(value.error().message.find("at byte ") != std::string::npos);
    }
}

TEST_CASE("a NUL does not end the text") {
    for (const std::string_view tail : {std::string_view("\0", 1), std::string_view("\0{", 2)}) {
        const auto value = parse_json("{}" + std::string(tail), 32);
        REQUIRE_FALSE(value);
        CHECK(value.error().message == "the body is not acceptable JSON: a NUL at byte 2");
    }
}

TEST_CASE("a byte that is no UTF-8 is refused") {
    CHECK_FALSE(parse_json("\"\xff\"", 32));
    CHECK_FALSE(parse_json("\"\xc3\"", 32));
    CHECK_FALSE(parse_json("\"\xed\xa0\x80\"", 32));
}

TEST_CASE("half of a surrogate pair is refused, a whole one is a character") {
    for (const char* text : {R"("\ud83d")", R"("\ude00")", R"("\ude00\ud83d")", R"(["a\udc00b"])", R"({"\udfff": 1})"}) {
        CHECK_FALSE(parse_json(text, 32));
    }
    CHECK(to_json(parse_json(R"("\ud83d\ude00\ud7ff")", 32).value()) == "\"\xf0\x9f\x98\x80\xed\x9f\xbf\"");
}

TEST_CASE("a hundred thousand brackets do no harm") {
    const auto deep = parse_json(std::string(100'000, '['), 32);
    REQUIRE_FALSE(deep);
    CHECK(deep.error().message == "the body is not acceptable JSON: nested deeper than 32 levels ([http] max_depth)");
    CHECK(parse_json(std::string(32, '[') + std::string(32, ']'), 32));
    CHECK_FALSE(parse_json(std::string(33, '[') + std::string(33, ']'), 32));
    std::string objects;
    for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
    CHECK_FALSE(parse_json(objects, 32));
}

TEST_CASE("a key that stands twice in one object is refused") {
    const auto twice = parse_json(R"({"host": "a", "host": "b"})", 32);
    REQUIRE_FALSE(twice);
    CHECK(twice.error().message.find("\"host\" stands twice") != std::string::npos);
    CHECK(parse_json(R"([{"host": "a"}, {"host": "b"}])", 32));
}

TEST_CASE("strings are escaped on their way out") {
    JsonWriter json;
    json.begin_object().key("a\"b").string(std::string_view("x\0y\x1f\\", 5)).end_object();
    CHECK(json.take() == "{\"a\\\"b\":\"x\\u0000y\\u001F\\\\\"}");
}

TEST_CASE("nothing is nothing, whatever its exponent") {
    CHECK(to_json(parse_json("[0e88, 0E-300, 0.0e+308, -0.0]", 32).value()) == "[0.0,0.0,0.0,-0.0]");
}

TEST_CASE("a number that could not be kept exactly is refused") {
    CHECK(to_json(parse_json("[9223372036854775807, 18446744073709551615, -9223372036854775808, 0.1]", 32).value()) ==
          "[9223372036854775807,18446744073709551615,-9223372036854775808,0.1]");
    for (const char* text : {"18446744073709551616", "123456789012345678901234567890", "1e300", "2e308", "[-1.8E308]",
                             "1e-400"}) {
        CHECK(parse_json(text, 32).error().message ==
              "the body is not acceptable JSON: a number is too large or too small to be kept exactly");
    }
}

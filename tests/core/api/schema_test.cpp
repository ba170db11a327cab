#include "core/api/schema.hpp"

#include <catch2/catch.hpp>

#include "core/api/json.hpp"

using haas::Errc;
using haas::Fields;
using haas::api::check_schema;
using haas::api::NodeSchema;
using haas::api::parse_json;

namespace {

constexpr std::string_view good = R"({
    "type": "object", "additionalProperties": false, "required": ["host", "user"],
    "properties": {
        "host": {"type": "string", "pattern": ".", "description": "name or address"},
        "user": {"type": "string"},
        "password": {"type": "string", "writeOnly": true},
        "level": {"type": "integer", "minimum": 1, "maximum": 4},
        "suite": {"type": "integer", "enum": [3, 17]},
        "fast": {"type": "boolean"},
        "mode": {"type": "string", "enum": ["a", "b"]}}})";

// A schema with one property, given its text.
std::string with(const std::string& property) {
    return R"({"type": "object", "additionalProperties": false, "properties": {"x": )" + property + "}}";
}

std::string complaint(const std::string& obm) {
    const auto schema = NodeSchema::compile(good);
    const auto json = parse_json(obm, 32);
    const auto fields = schema.value().read(json.value());
    return fields ? "" : fields.error().message;
}

}  // namespace

TEST_CASE("an obm object becomes fields, type left out") {
    const auto json = parse_json(R"({"type": "t", "host": "h", "user": "", "level": 4, "fast": true, "mode": "b", "suite": 17})", 32);
    const auto schema = NodeSchema::compile(good);
    REQUIRE(schema);
    CHECK(schema->read(*json).value() == Fields{{"host", "h"},
                                                {"user", ""},
                                                {"level", std::int64_t{4}},
                                                {"fast", true},
                                                {"mode", "b"},
                                                {"suite", std::int64_t{17}}});
    CHECK(schema->is_secret("password"));
    CHECK_FALSE(schema->is_secret("user"));
    CHECK(schema->is_secret("unheard_of"));
}

TEST_CASE("a wrong field is named") {
    const std::string known = "; this type takes type, host, user; optional: password, level, suite, fast, mode";
    CHECK(complaint(R"({"host": "h"})") == "obm lacks the field \"user\"" + known);
    CHECK(complaint(R"({"host": "h", "user": "u", "hots": "x"})") == "obm has an unknown field \"hots\"" + known);
    CHECK(complaint(R"({"host": 1, "user": "u"})") == "obm field \"host\" must be a string");
    CHECK(complaint(R"({"host": "h\u0000;", "user": "u"})") == "obm field \"host\" must not hold a NUL character");
    CHECK(complaint(R"({"host": "h", "user": null})") == "obm field \"user\" must be a string");
    CHECK(complaint(R"({"host": "h", "user": "u", "level": "3"})") == "obm field \"level\" must be an integer");
    CHECK(complaint(R"({"host": "h", "user": "u", "level": 1.5})") == "obm field \"level\" must be an integer");
    CHECK(complaint(R"({"host": "h", "user": "u", "level": 9223372036854775808})") == "obm field \"level\" must be an integer");
    CHECK(complaint(R"({"host": "h", "user": "u", "fast": 1})") == "obm field \"fast\" must be a boolean");
    CHECK(complaint(R"({"host": "h", "user": "u", "level": 5})") == "obm field \"level\" must be at least 1, at most 4");
    CHECK(complaint(R"({"host": "h", "user": "u", "level": 0})") == "obm field \"level\" must be at least 1, at most 4");
    CHECK(complaint(R"({"host": "h", "user": "u", "suite": 8})") == "obm field \"suite\" must be one of 3, 17");
    CHECK(complaint(R"({"host": "h", "user": "u", "mode": "c"})") == "obm field \"mode\" must be one of \"a\", \"b\"");
    CHECK(complaint(R"({"host": "", "user": "u"})") == "obm field \"host\" must be text that matches .");
    CHECK(complaint(R"({"host": ["h"], "user": "u"})") == "obm field \"host\" must be a string");
}

TEST_CASE("a complaint never repeats a value") {
    for (const char* obm : {R"({"host": "h", "user": "u", "password": 12345678})", R"({"host": "h", "user": "u", "mode": "12345678"})"}) {
        CHECK(complaint(obm).find("12345678") == std::string::npos);
    }
}

TEST_CASE("schemas inside the contract's set pass") {
    CHECK(check_schema(good));
    CHECK(check_schema(with(R"({"type": "boolean"})")));
    CHECK(check_schema(with(R"({"type": "integer", "minimum": 0, "description": "x"})")));
}

TEST_CASE("schemas outside of the contract's set are refused, and say why") {
    const auto why = [](const std::string& text) {
        const auto result = check_schema(text);
        return result ? "" : result.error().message;
    };
    using Catch::Contains;
    CHECK_THAT(why("{"), Contains("no JSON"));
    CHECK_THAT(why("[]"), Contains("not an object"));
    CHECK_THAT(why(R"({"properties": {}, "additionalProperties": false})"), Contains("\"type\": \"object\""));
    CHECK_THAT(why(R"({"type": "object", "properties": {}})"), Contains("additionalProperties"));
    CHECK_THAT(why(R"({"type": "object", "additionalProperties": true, "properties": {}})"), Contains("additionalProperties"));
    CHECK_THAT(why(R"({"type": "object", "additionalProperties": false})"), Contains("properties"));
    CHECK_THAT(why(R"({"type": "object", "additionalProperties": false, "properties": {}, "oneOf": []})"), Contains("oneOf"));
    CHECK_THAT(why(R"({"type": "object", "additionalProperties": false, "properties": {}, "required": ["x"]})"), Contains("requires"));
    CHECK_THAT(why(with(R"({"type": "number"})")), Contains("\"x\""));
    CHECK_THAT(why(with(R"({"type": "object"})")), Contains("\"x\""));
    CHECK_THAT(why(with(R"({"type": ["string", "integer"]})")), Contains("\"x\""));
    CHECK_THAT(why(with(R"({})")), Contains("\"x\""));
    CHECK_THAT(why(with(R"({"type": "string", "format": "ipv4"})")), Contains("format"));
    CHECK_THAT(why(with(R"({"type": "string", "maximum": 3})")), Contains("maximum"));
    CHECK_THAT(why(with(R"({"type": "integer", "minimum": "3"})")), Contains("minimum"));
    CHECK_THAT(why(with(R"({"type": "integer", "enum": ["3"]})")), Contains("enum"));
    CHECK_THAT(why(with(R"({"type": "string", "enum": []})")), Contains("enum"));
    CHECK_THAT(why(with(R"({"type": "string", "pattern": "(["})")), Contains("pattern"));
    CHECK_THAT(why(with(R"({"type": "string", "pattern": "(a"})")), Contains("missing )"));
    CHECK_THAT(why(with(R"({"type": "string", "pattern": "(?=a)b"})")), Contains("(?="));
    CHECK_THAT(why(with(R"({"type": "string", "pattern": 3})")), Contains("not a string"));
    CHECK_THAT(why(with(R"({"type": "string", "writeOnly": "yes"})")), Contains("writeOnly"));
    CHECK_THAT(why(R"({"type": "object", "additionalProperties": false, "properties": {"type": {"type": "string"}}})"),
               Contains("host's own"));
}

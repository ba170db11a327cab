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
    const auto json = parse_json(R"({"type": "t", "host": "h", "user": "", "password": "p", "level": 4, "fast": true, "mode": "b", "suite": 17})", 32);
    const auto schema = NodeSchema::compile(good);
    REQUIRE(schema);
    const auto read = schema->read(*json).value();
    CHECK(read.fields == Fields{{"host", "h"},
                                {"user", ""},
                                {"level", std::int64_t{4}},
                                {"fast", true},
                                {"mode", "b"},
                                {"suite", std::int64_t{17}}});
    CHECK(read.secrets.reveal() == Fields{{"password", "p"}});
    CHECK(schema->is_secret("password"));
    CHECK_FALSE(schema->is_secret("user"));
    CHECK(schema->is_secret("unheard_of"));
}

TEST_CASE("a change names some of the fields, and null takes one away") {
    const auto schema = NodeSchema::compile(good).value();
    const auto change = [&](const std::string& obm) {
        const auto json = parse_json(obm, 32).value();
        return schema.read(json, NodeSchema::Whole::no);
    };
    const auto read = change(R"({"type": "t", "level": 2, "user": null, "password": null, "mode": null})").value();
    CHECK(read.fields == Fields{{"level", std::int64_t{2}}});
    CHECK(read.secrets.empty());
    CHECK(read.removed == std::vector<std::string>{"user", "password", "mode"});
    CHECK(change("{}").value().fields.empty());
    CHECK(change(R"({"hots": null})").error().message.starts_with("obm has an unknown field \"hots\""));
    CHECK(change(R"({"level": 5})").error().message == "obm field \"level\" must be at least 1, at most 4");
}

TEST_CASE("the fields that a node comes to have are held against the schema") {
    const auto schema = NodeSchema::compile(good).value();
    const auto complaint_of = [&](const Fields& whole) {
        const auto checked = schema.check(whole);
        return checked ? "" : checked.error().message;
    };
    const Fields fine{{"host", "h"}, {"user", "u"}, {"password", "p"}, {"level", std::int64_t{4}}, {"fast", true}, {"mode", "b"}};
    const auto and_one_more = [&fine](const haas::Field& field) {
        Fields more = fine;
        std::erase_if(more, [&](const haas::Field& one) { return one.name == field.name; });
        more.push_back(field);
        return more;
    };
    CHECK(complaint_of(fine) == "");
    CHECK(complaint_of({{"host", "h"}}).starts_with("obm lacks the field \"user\""));
    CHECK(complaint_of(and_one_more({"level", std::int64_t{5}})) == "obm field \"level\" must be at least 1, at most 4");
    CHECK(complaint_of(and_one_more({"level", "4"})) == "obm field \"level\" must be an integer");
    CHECK(complaint_of(and_one_more({"mode", "c"})) == "obm field \"mode\" must be one of \"a\", \"b\"");
    CHECK(complaint_of(and_one_more({"host", ""})) == "obm field \"host\" must be text that matches .");
    CHECK(complaint_of(and_one_more({"suite", std::int64_t{4}})) == "obm field \"suite\" must be one of 3, 17");
    // What an older driver knew is for the driver of today to judge.
    CHECK(complaint_of(and_one_more({"unheard_of", true})) == "");
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

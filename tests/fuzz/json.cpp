// A JSON body: parsed to a bounded depth, written again as the same, and held against a driver's schema.
#include "core/api/json.hpp"

#include <algorithm>

#include "core/api/schema.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace haas::api {
namespace {

using fuzz::require;

constexpr unsigned max_depth = 32;

constexpr std::string_view schema_text = R"({
    "type": "object", "additionalProperties": false, "required": ["host"],
    "properties": {
        "host": {"type": "string", "pattern": "^[a-z0-9.:]+$"},
        "password": {"type": "string", "writeOnly": true},
        "level": {"type": "integer", "minimum": -1, "maximum": 4},
        "suite": {"type": "integer", "enum": [3, 17]},
        "fast": {"type": "boolean"},
        "mode": {"type": "string", "enum": ["auto", "uefi"]}}})";

unsigned depth_of(const rapidjson::Value& value) {
    unsigned inside = 0;
    if (value.IsArray()) {
        for (const auto& one : value.GetArray()) inside = std::max(inside, depth_of(one));
    } else if (value.IsObject()) {
        for (const auto& member : value.GetObject()) inside = std::max(inside, depth_of(member.value));
    } else {
        return 0;
    }
    return inside + 1;
}

void satisfies(const Field& field) {
    if (field.name == "host") {
        const auto& host = std::get<std::string>(field.value);
        require(!host.empty() && std::all_of(host.begin(), host.end(),
                                             [](char c) {
                                                 return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
                                                        c == ':';
                                             }),
                "a host that was taken matches the pattern");
    } else if (field.name == "level") {
        const auto level = std::get<std::int64_t>(field.value);
        require(level >= -1 && level <= 4, "an integer that was taken lies within its bounds");
    } else if (field.name == "suite") {
        const auto suite = std::get<std::int64_t>(field.value);
        require(suite == 3 || suite == 17, "a value that was taken is one of the list");
    } else if (field.name == "mode") {
        const auto& mode = std::get<std::string>(field.value);
        require(mode == "auto" || mode == "uefi", "a value that was taken is one of the list");
    } else if (field.name == "fast") {
        require(std::holds_alternative<bool>(field.value), "a boolean is one");
    } else {
        require(field.name == "password" && std::holds_alternative<std::string>(field.value), "no other field is taken");
    }
}

void against_schema(const rapidjson::Value& obm) {
    static const Result<NodeSchema> schema = NodeSchema::compile(schema_text);
    require(schema.has_value(), "the schema is allowed");
    const Result<ObmFields> read = schema->read(obm);
    if (!read) {
        require(read.error().code == Errc::invalid && !read.error().message.empty(), "a refusal has a sentence");
        return;
    }
    const Fields& fields = read->fields;
    require(std::any_of(fields.begin(), fields.end(), [](const Field& field) { return field.name == "host"; }),
            "what is required is there");
    for (const Field& field : fields) satisfies(field);
    for (const Field& field : read->secrets.reveal()) satisfies(field);
}

}  // namespace
}  // namespace haas::api

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace haas::api;
    const std::string_view text = haas::fuzz::text_of(data, size);
    const auto parsed = parse_json(text, max_depth);
    if (!parsed) {
        haas::fuzz::require(!parsed.error().message.empty(), "a refusal has a sentence");
        return 0;
    }
    haas::fuzz::require(depth_of(*parsed) <= max_depth, "what was taken is no deeper than the limit");
    haas::fuzz::require(parse_json(text, 3).has_value() == (depth_of(*parsed) <= 3), "the limit is the depth, no other");
    const std::string written = to_json(*parsed);
    const auto again = parse_json(written, max_depth);
    haas::fuzz::require(again && *again == *parsed, "what is written is what was read");
    haas::fuzz::require(to_json(*again) == written, "there is one way to write it");
    if (parsed->IsObject()) against_schema(*parsed);
    return 0;
}

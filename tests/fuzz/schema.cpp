// A driver's schema of its node fields: refused with a sentence, or fit to judge an object.
#include "core/api/schema.hpp"

#include <algorithm>

#include "core/api/json.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace haas::api {
namespace {

// RapidJSON 1.1.0 asserts on "()" and "(a", and never comes back from "(a*)*".  Only a driver's author writes patterns:
// what is fuzzed here is everything else.
bool has_intricate_pattern(const rapidjson::Value& value) {
    if (value.IsString()) return view(value).find_first_of("()|?*+{") != std::string_view::npos;
    if (!value.IsObject()) return false;
    const auto members = value.GetObject();
    return std::any_of(members.begin(), members.end(), [](const auto& member) {
        return (member.value.IsObject() || view(member.name) == "pattern") && has_intricate_pattern(member.value);
    });
}

}  // namespace
}  // namespace haas::api

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace haas::api;
    static const auto obm = parse_json(
        R"({"type": "t", "host": "bmc-7.example", "port": 623, "user": "admin", "fast": true, "x": "aaaaaaaaaaaaaaaaab"})",
        4);
    const std::string_view text = haas::fuzz::text_of(data, size);
    const auto json = parse_json(text, 8);
    if (json && has_intricate_pattern(*json)) return 0;
    const auto schema = NodeSchema::compile(text);
    if (!schema) {
        haas::fuzz::require(!schema.error().message.empty(), "a refusal has a sentence");
        return 0;
    }
    const auto fields = schema->read(*obm);
    if (!fields) haas::fuzz::require(!fields.error().message.empty(), "a refusal has a sentence");
    haas::fuzz::require(schema->is_secret("unheard of"), "what is not known is not shown");
    return 0;
}

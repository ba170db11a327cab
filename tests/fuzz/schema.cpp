// A driver's schema of its node fields: refused with a sentence, or fit to judge an object.
#include "core/api/schema.hpp"

#include "core/api/json.hpp"
#include "tests/fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace haas::api;
    static const auto obm = parse_json(
        R"({"type": "t", "host": "bmc-7.example", "port": 623, "user": "admin", "fast": true, "x": "aaaaaaaaaaaaaaaaab"})",
        4);
    const std::string_view text = haas::fuzz::text_of(data, size);
    const auto schema = NodeSchema::compile(text);
    if (!schema) {
        haas::fuzz::require(!schema.error().message.empty(), "a refusal has a sentence");
        return 0;
    }
    const auto fields = schema->read(*obm);
    if (!fields) haas::fuzz::require(!fields.error().message.empty(), "a refusal has a sentence");
    const bool heard_of = text.find("unheard of") != std::string_view::npos || text.find('\\') != std::string_view::npos;
    haas::fuzz::require(heard_of || schema->is_secret("unheard of"), "what is not known is not shown");
    return 0;
}

// The schemas of answers are JSON, each with a name of its own that OpenAPI allows.
#include "core/api/openapi_components.hpp"

#include <set>

#include <catch2/catch.hpp>

#include "core/api/json.hpp"

using haas::api::components;

TEST_CASE("components are objects with names of letters, each once") {
    std::set<std::string_view> names;
    for (const auto& one : components()) {
        INFO(one.name);
        CHECK(names.insert(one.name).second);
        // OpenAPI 3.1.0 section 4.8.7
        CHECK(one.name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == std::string_view::npos);
        const auto schema = haas::api::parse_json(one.schema, 32);
        REQUIRE(schema);
        CHECK(schema->IsObject());
        CHECK((schema->HasMember("type") || schema->HasMember("enum") || schema->HasMember("oneOf") || schema->HasMember("anyOf")));
    }
}

// The shapes of what the API answers, as JSON Schema 2020-12: what the names in the table of calls stand for.
#pragma once

#include <span>
#include <string_view>

namespace haas::api {

struct Component {
    std::string_view name;
    std::string_view schema;  // JSON text; others are "#/components/schemas/<name>" in it
    std::string_view media = "application/json";
    bool may_be_empty = false;  // the answer may also be no body at all
};

// Those of drivers' nodes are not among them: see openapi.cpp.
std::span<const Component> components();

}  // namespace haas::api

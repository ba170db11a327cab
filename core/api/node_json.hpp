// A node as clients are shown it, whole or in a line of a list.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/api/json.hpp"
#include "core/api/services.hpp"

namespace haas::api {

struct Shown {
    std::string json;
    std::string etag;  // stands for all of it but the age of the power state, which grows without anything happening
};

// As HIL shows a free node, and behind that what is ours.  Secrets are left out, and so is everything whose driver is not
// here to say what is one.
Result<Shown> show(const Services& services, std::string_view label);
http::Response ok(Shown shown);

// The answer to a change whose If-Match does not mean the node as it is now.
std::optional<http::Response> refuse_stale(const Services& services, const Call& call);

// {"power_status", "age"}, the age in whole seconds; null where nothing is known.
void write_known_power(JsonWriter& json, const std::optional<node::KnownPower>& known);

}  // namespace haas::api

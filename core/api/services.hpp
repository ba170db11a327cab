// What the handlers of the API work with, and the steps that each of them begins with.
#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/api/json.hpp"
#include "core/api/router.hpp"
#include "core/api/schema.hpp"
#include "core/node/registry.hpp"

namespace haas::api {

struct Options {
    unsigned max_depth = 32;                     // of a JSON body
    bool dry_run = false;                        // said in every answer to a call that would change something
    std::vector<std::string> active_extensions;  // as haas.cfg spells them
};

struct Services {
    node::Registry& registry;
    Options options;
    std::map<std::string, NodeSchema, std::less<>> schemas;  // by type URI
};

// A member that a body may have, and the type it must have there.
struct Member {
    std::string_view name;
    rapidjson::Type type;  // kTrueType: a boolean; kNullType: any JSON value
    bool required = false;
};

// The JSON object that is the call's body, an empty body being {}.  Unknown members, missing ones and those of another
// type are Errc::invalid, named.
Result<rapidjson::Document> read_body(const Services& services, const Call& call, std::initializer_list<Member> members);

// The label that stands at this place in the path.
Result<std::string> read_label(const Call& call, std::size_t parameter = 0);

}  // namespace haas::api

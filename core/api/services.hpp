// What the handlers of the API work with, and the steps that each of them begins with.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/api/json.hpp"
#include "core/api/router.hpp"
#include "core/api/schema.hpp"
#include "core/auth/tickets.hpp"
#include "core/auth/tokens.hpp"
#include "core/base/loop.hpp"
#include "core/console/consoles.hpp"
#include "core/node/registry.hpp"
#include "core/store/audit_store.hpp"

namespace haas::api {

class Tasks;

struct Options {
    unsigned max_depth = 32;                     // of a JSON body
    bool dry_run = false;                        // said in every answer to a call that would change something
    std::vector<std::string> active_extensions;  // as haas.cfg spells them
};

using Schemas = std::map<std::string, NodeSchema, std::less<>>;  // by type URI

struct Services {
    Loop& loop;
    node::Registry& registry;
    auth::Tokens& tokens;
    auth::Tickets& tickets;
    store::AuditStore& audit;
    Tasks& tasks;
    console::Consoles& consoles;
    const Schemas& schemas;
    Options options;
};

// The JSON object that is the call's body, an empty body being {}.  Members that the call's route does not have,
// missing ones and those of another type are Errc::invalid, named.
Result<rapidjson::Document> read_body(const Services& services, const Call& call);

// A query parameter that is a whole number from `least` to `most`; `otherwise` where it is absent.
Result<std::int64_t> read_number(const Call& call, std::string_view name, std::int64_t least, std::int64_t most,
                                 std::int64_t otherwise);

// A query parameter that is 1 or true, 0 or false; false where it is absent.
Result<bool> read_flag(const Call& call, std::string_view name);

// Registers the node, which has nothing of a former one of its name, but what was to be kept.
void add_node(const Services& services, store::NodeRecord record, node::Done done);
// Deletes the node, its tokens, and unless it is to be kept, what its console printed.
void remove_node(const Services& services, const std::string& node, bool keep_console, node::Done done);

// Are the names of its members labels?
Result<void> check_metadata(const rapidjson::Value& metadata);

// The entry of a type URI.  Errc::bad_argument names those that there are.
Result<Schemas::const_iterator> find_schema(const Services& services, std::string_view type);

}  // namespace haas::api

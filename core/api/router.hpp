// Which call of the table a request means: a plain match of method and path pattern.  It knows no node and no driver.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <rapidjson/document.h>

#include "core/auth/principal.hpp"
#include "core/base/result.hpp"
#include "core/http/message.hpp"

namespace haas::api {

struct Services;
struct Route;
struct Task;

// One request on its way to its answer, with the parts of its path that stood for a {name} in the pattern, decoded.
// What stood for {node} is a label.
struct Call {
    http::Request request;
    http::Respond respond;
    auth::Principal who;
    std::vector<std::string> parameters;
    const Route* route = nullptr;
    std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
    std::shared_ptr<Task> task{};  // that it is carried out as; null: as none

    const std::string& node() const { return parameters.front(); }
};

// The value of a query parameter, decoded, or as it is where it cannot be; nullopt where it is absent.
std::optional<std::string> query_value(std::string_view target, std::string_view name);
// The names of all query parameters, in their order.
std::vector<std::string> query_names(std::string_view target);

using Handle = void (*)(const Services& services, Call call);

// Where a call stands.  The first kind are those of HaaS and HIL, whose clients know 401 for every refusal.
enum class Prefix { with_and_without_v0, only_v0, obmd };

// What the caller must be.  Of a node that they may not know of they learn that it does not exist.
enum class Needs {
    login,  // somebody; the handler shows them no more than they may see
    sight,  // status as well, of what is known without asking the BMC
    status,
    power,
    boot,
    console_read,
    console_write,
    node_admin,  // administers the node
    admin,       // administers all nodes
};

// A member that a body may have, and the type it must have there.
struct Member {
    std::string_view name;
    rapidjson::Type type;  // kTrueType: a boolean; kNullType: any JSON value
    bool required = false;
    std::string_view about{};
    // Names a schema of openapi.cpp that says more of it than its type; empty: there is no more to say.
    std::string_view schema{};
};

// Of a query, or a header.  "metadata.*" stands for every name that begins with "metadata.".
struct Parameter {
    std::string_view name;
    std::string_view about;
    std::string_view type = "string";  // as JSON Schema names it: "integer", "boolean"

    bool covers(std::string_view given) const noexcept {
        return name.ends_with('*') ? given.starts_with(name.substr(0, name.size() - 1)) : given == name;
    }
};

struct Route {
    std::string_view method;
    std::string_view pattern;  // "/node/{node}/power_on"
    Handle handle;
    Needs needs;
    Prefix prefix = Prefix::with_and_without_v0;
    std::string_view about{};           // one line for people
    std::span<const Member> body{};     // what read_body() accepts
    std::span<const Parameter> query{};
    // The name of what is answered with 200, in openapi.cpp; empty: nothing.
    std::string_view answer{};
    std::span<const Parameter> headers{};  // that change what the call does
};

struct Match {
    const Route* route = nullptr;  // nullptr: no path is like that, or none with that method
    std::vector<std::string> parameters;
    std::string allow;  // the methods that the path has, for 405; empty: there is no such path
};

// HEAD is answered by the handler of GET.  A malformed escape in the path is Errc::invalid.
Result<Match> match(std::span<const Route> routes, std::string_view method, std::string_view target);

}  // namespace haas::api

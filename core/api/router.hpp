// Which handler answers a request: a plain table of method and path pattern.  It knows no node and no driver.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/auth/authenticator.hpp"
#include "core/base/result.hpp"
#include "core/http/message.hpp"

namespace haas::api {

struct Services;

// One request on its way to its answer, with the parts of its path that stood for a {name} in the pattern, decoded.
struct Call {
    http::Request request;
    http::Respond respond;
    auth::Principal who;
    std::vector<std::string> parameters;
};

// The value of a query parameter, decoded, or as it is where it cannot be; nullopt where it is absent.
std::optional<std::string> query_value(std::string_view target, std::string_view name);

using Handle = void (*)(const Services& services, Call call);

enum class Prefix { with_and_without_v0, only_v0 };

struct Route {
    std::string_view method;
    std::string_view pattern;  // "/node/{node}/power_on"
    Handle handle;
    Prefix prefix = Prefix::with_and_without_v0;
};

struct Match {
    const Route* route = nullptr;  // nullptr: no path is like that, or none with that method
    std::vector<std::string> parameters;
    std::string allow;  // the methods that the path has, for 405; empty: there is no such path
};

// HEAD is answered by the handler of GET.  A malformed escape in the path is Errc::invalid.
Result<Match> match(std::span<const Route> routes, std::string_view method, std::string_view target);

}  // namespace haas::api

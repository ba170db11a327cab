// Which handler answers a request line: "METHOD TARGET".
#include <algorithm>
#include <array>

#include "core/api/router.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace haas::api {
namespace {

using fuzz::require;

void nothing(const Services&, Call) {}

constexpr std::array table{
    Route{"PUT", "/node/{node}", nothing, Needs::login},
    Route{"GET", "/node/{node}", nothing, Needs::login},
    Route{"GET", "/nodes/all", nothing, Needs::login},
    Route{"PUT", "/node/{node}/metadata/{label}", nothing, Needs::login},
    Route{"POST", "/node/{node}/power_on", nothing, Needs::login},
    Route{"GET", "/drivers", nothing, Needs::login, Prefix::only_v0},
};

// Each byte as %XX.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        char code[4];
        std::snprintf(code, sizeof code, "%%%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
        out += code;
    }
    return out;
}

// The target again, from the pattern and the parameters that were found in it.
std::string target_of(const Match& found) {
    std::string target = "/v0";
    std::size_t next = 0;
    for (std::string_view pattern = found.route->pattern; !pattern.empty();) {
        if (pattern.front() == '{') {
            target += escaped(found.parameters.at(next++));
            pattern.remove_prefix(pattern.find('}') + 1);
        } else {
            target += pattern.front();
            pattern.remove_prefix(1);
        }
    }
    require(next == found.parameters.size(), "as many parameters as the pattern has");
    return target;
}

void route(std::string_view method, std::string_view target) {
    const auto found = match(table, method, target);
    if (!found) {
        require(found.error().code == Errc::invalid && target.find('%') != std::string_view::npos,
                "only a malformed escape is an error");
        return;
    }
    if (found->route == nullptr) {
        require(found->parameters.empty(), "without a route no parameters");
        return;
    }
    require(found->allow.empty(), "a route that was found needs no other method");
    require(found->route->method == (method == "HEAD" ? "GET" : method), "the route has the method");
    const auto again = match(table, method, target_of(*found));
    require(again && again->route == found->route && again->parameters == found->parameters,
            "a parameter survives being escaped");
}

}  // namespace
}  // namespace haas::api

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view line = haas::fuzz::text_of(data, size);
    const std::size_t space = std::min(line.find(' '), line.size());
    haas::api::route(line.substr(0, space), line.substr(std::min(space + 1, line.size())));
    return 0;
}

// The table of calls keeps its own rules: each call once, described, about a node where a right on one is asked.
#include "core/api/table.hpp"

#include <set>
#include <string>

#include <catch2/catch.hpp>

using haas::api::Needs;
using haas::api::Prefix;
using haas::api::routes;

TEST_CASE("every call stands in the table once and is described in a line") {
    std::set<std::string> calls;
    for (const auto& route : routes()) {
        const std::string call = std::string(route.prefix == Prefix::obmd ? "obmd " : "") + std::string(route.method) + " " +
                                 std::string(route.pattern);
        INFO(call);
        CHECK(calls.insert(call).second);
        CHECK(route.pattern.starts_with('/'));
        CHECK(route.handle != nullptr);
        CHECK_FALSE(route.about.empty());
        CHECK(route.about.find('\n') == std::string_view::npos);
    }
}

TEST_CASE("a call that needs a right on a node names the node first in its path") {
    for (const auto& route : routes()) {
        INFO(route.method << " " << route.pattern);
        const bool of_no_node = route.needs == Needs::login || route.needs == Needs::admin;
        CHECK(route.pattern.starts_with("/node/{node}") != of_no_node);
    }
}

TEST_CASE("what only reads takes no body, and what changes is no GET") {
    for (const auto& route : routes()) {
        INFO(route.method << " " << route.pattern);
        if (route.method == "GET") CHECK(route.body.empty());
        if (route.needs == Needs::power || route.needs == Needs::boot) CHECK(route.method != "GET");
    }
}

TEST_CASE("the calls of HaaS and HIL are those of their documentation") {
    // HaaS's docs/rest_api.md and HIL's, without networks, projects and users: nodes, power, boot device, console.
    const std::set<std::string> theirs = {
        "PUT /node/{node}",        "DELETE /node/{node}",          "GET /node/{node}",
        "GET /nodes/all",          "GET /nodes/free",              "GET /free_nodes",
        "GET /active_extensions",  "POST /node/{node}/power_cycle", "POST /node/{node}/power_off",
        "POST /node/{node}/power_on", "GET /node/{node}/power_status", "PUT /node/{node}/boot_device",
        "PUT /node/{node}/metadata/{label}", "DELETE /node/{node}/metadata/{label}", "PUT /node/{node}/console",
        "GET /node/{node}/console", "DELETE /node/{node}/console"};
    std::set<std::string> found;
    for (const auto& route : routes()) {
        const std::string call = std::string(route.method) + " " + std::string(route.pattern);
        if (route.prefix == Prefix::with_and_without_v0 && theirs.contains(call)) found.insert(call);
    }
    CHECK(found == theirs);
}

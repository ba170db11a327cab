#include "core/api/router.hpp"

#include <array>

#include <catch2/catch.hpp>

using haas::api::Call;
using haas::api::match;
using haas::api::Needs;
using haas::api::Prefix;
using haas::api::Route;
using haas::api::Services;
using Parameters = std::vector<std::string>;

namespace {

void nothing(const Services&, Call) {}

constexpr std::array table = {
    Route{"GET", "/node/{node}", nothing, Needs::login},
    Route{"PUT", "/node/{node}", nothing, Needs::login},
    Route{"POST", "/node/{node}/reset", nothing, Needs::login},
    Route{"DELETE", "/node/{node}/metadata/{label}", nothing, Needs::login},
    Route{"GET", "/drivers", nothing, Needs::login, Prefix::only_v0},
    Route{"GET", "/node/{node}/power_status", nothing, Needs::login, Prefix::obmd},
};

}  // namespace

TEST_CASE("a path picks its route, with and without /v0") {
    CHECK(match(table, "GET", "/node/n1").value().route == &table[0]);
    CHECK(match(table, "GET", "/v0/node/n1").value().parameters == Parameters{"n1"});
    CHECK(match(table, "POST", "/node/n1/reset?x=1").value().route == &table[2]);
    CHECK(match(table, "DELETE", "/node/a/metadata/b").value().parameters == Parameters{"a", "b"});
    CHECK(match(table, "HEAD", "/node/n1").value().route == &table[0]);
    CHECK(match(table, "GET", "/v0/drivers").value().route == &table[4]);
    CHECK(match(table, "GET", "/obmd/node/n1/power_status?token=x").value().route == &table[5]);
}

TEST_CASE("other paths have no route") {
    for (const char* path : {"/", "", "/v0", "/v0/", "/node", "/drivers", "/node/a/reset/", "/node/a/b/c", "/v0/v0/node/a", "*", "/obmd/node/n1", "/node/n1/power_status",
                             "/v0/node/n1/power_status", "/obmd/v0/node/n1/power_status"}) {
        const auto found = match(table, "GET", path).value();
        CHECK(found.route == nullptr);
        CHECK(found.allow.empty());
    }
}

TEST_CASE("another method is told which there are") {
    const auto found = match(table, "DELETE", "/node/n1").value();
    CHECK(found.route == nullptr);
    CHECK(found.allow == "GET, HEAD, PUT");
    CHECK(match(table, "GET", "/node/n1/reset").value().allow == "POST");
}

TEST_CASE("escapes are decoded in the parameters, after the path was split") {
    CHECK(match(table, "GET", "/node/a%2Fb").value().parameters == Parameters{"a/b"});
    CHECK(match(table, "GET", "/node/%6e1").value().parameters == Parameters{"n1"});
    CHECK(match(table, "GET", "/node/").value().parameters == Parameters{""});
    CHECK(match(table, "POST", "/node//reset").value().parameters == Parameters{""});
    for (const char* path : {"/node/%", "/node/%2", "/node/%zz", "/node/%+1", "/node/a%2"}) {
        CHECK(match(table, "GET", path).error().code == haas::Errc::invalid);
    }
}

TEST_CASE("query parameters are found by name and decoded") {
    using haas::api::query_value;
    CHECK(query_value("/x?wait=5", "wait") == "5");
    CHECK(query_value("/x?a=1&wait=%35&wait=6", "wait") == "5");
    CHECK(query_value("/x?wait", "wait") == "");
    CHECK(query_value("/x?await=5", "wait") == std::nullopt);
    CHECK(query_value("/x", "wait") == std::nullopt);
    CHECK(query_value("/x?", "wait") == std::nullopt);
    CHECK(query_value("/x?wait=%", "wait") == "%");
    CHECK(query_value("/x?metadata.u%3Ax=1", "metadata.u:x") == "1");
}

TEST_CASE("a parameter with a star covers all that begin as it does") {
    const haas::api::Parameter family{"metadata.*", ""};
    CHECK(family.covers("metadata.rack"));
    CHECK_FALSE(family.covers("metadata"));
    CHECK_FALSE(family.covers("metadatum.rack"));
    const haas::api::Parameter one{"limit", ""};
    CHECK(one.covers("limit"));
    CHECK_FALSE(one.covers("limits"));
}

#include "core/auth/node_patterns.hpp"

#include <catch2/catch.hpp>

using haas::Errc;
using haas::auth::NodePatterns;
using Catch::Matchers::Contains;

namespace {

bool matches(std::string_view patterns, std::string_view label) {
    return NodePatterns::parse(patterns).value().match(label);
}

}  // namespace

TEST_CASE("host lists and globs stand side by side") {
    const auto patterns = NodePatterns::parse("rack[1-2]-n[01-03, 7], gw1 lab-*,*.example.org").value();
    for (const char* label : {"rack1-n01", "rack2-n7", "gw1", "lab-", "lab-x", "a.example.org", ".example.org"}) {
        INFO(label);
        CHECK(patterns.match(label));
    }
    for (const char* label : {"rack1-n1", "rack3-n01", "rack1-n07", "gw", "gw11", "lab", "xlab-1", "a.example.orgs", ""}) {
        INFO(label);
        CHECK_FALSE(patterns.match(label));
    }
}

// Expected answers are those of `case $label in $glob)` in a POSIX shell.
TEST_CASE("a star stands for any characters or none") {
    CHECK(matches("*", "anything"));
    CHECK(matches("**", "x"));
    CHECK(matches("n*", "n"));
    CHECK(matches("*a*b*", "xaxbx"));
    CHECK(matches("*ab", "aab"));
    CHECK(matches("a*b*c", "abbbbc"));
    CHECK(matches("*-n*-x", "r-n-n1-x"));
    CHECK_FALSE(matches("a*b*c", "acb"));
    CHECK_FALSE(matches("*ab", "abc"));
    CHECK_FALSE(matches("n*1", "n"));
    // The label's own characters have no meaning of their own.
    CHECK_FALSE(matches("n.*", "nx1"));
    CHECK(matches("n.*", "n.1"));
}

TEST_CASE("a glob that fits in many ways is answered at once") {
    std::string stars;
    for (int i = 0; i < 60; ++i) stars += "a*";
    CHECK_FALSE(matches(stars + "b", std::string(255, 'a')));
    CHECK(matches(stars, std::string(255, 'a')));
}

TEST_CASE("what is no pattern is refused") {
    for (const char* text : {"", " ,", "n[1-2]*", "*[1]", "n?", "n[1", "@all", "a/*", "*\x01", "n*]"}) {
        INFO(text);
        const auto patterns = NodePatterns::parse(text);
        REQUIRE_FALSE(patterns);
        CHECK(patterns.error().code == Errc::invalid);
        CHECK_THAT(patterns.error().message, Contains("node pattern") || Contains("host list"));
    }
}

#include "core/node/label.hpp"

#include <string>

#include <catch2/catch.hpp>

using haas::node::is_label;

TEST_CASE("labels are what can stand in a URL without escapes") {
    CHECK(is_label("n"));
    CHECK(is_label("node-01.rack_4:a+b"));
    CHECK(is_label(std::string(255, 'x')));
    CHECK(is_label("...") );
    CHECK_FALSE(is_label(""));
    CHECK_FALSE(is_label(std::string(256, 'x')));
    CHECK_FALSE(is_label("a/b"));
    CHECK_FALSE(is_label("a b"));
    CHECK_FALSE(is_label("a%2Fb"));
    CHECK_FALSE(is_label("n\xc3\xb6" "de"));
    CHECK_FALSE(is_label(std::string_view("a\0b", 3)));
    CHECK_FALSE(is_label("."));
    CHECK_FALSE(is_label(".."));
}

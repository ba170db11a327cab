// The steps that every handler begins with: labels and bodies.
#include "core/api/services.hpp"

#include <catch2/catch.hpp>

#include "tests/core/api/front.hpp"

using haas::api::Front;
using haas::api::validation;

TEST_CASE("odd labels are refused by every call that takes one") {
    Front front;
    const std::string rule = validation("a name is 1 to 255 characters of A-Z a-z 0-9 . _ : + -");
    for (const std::string& label : {std::string("a%2Fb"), std::string("%C3%B6"), std::string(), std::string(256, 'x'), std::string("a%00"), std::string("..")}) {
        CHECK(front.said("GET", "/node/" + label) == rule);
        CHECK(front.said("PUT", "/node/" + label, "{}") == rule);
        CHECK(front.said("POST", "/node/" + label + "/power_on") == rule);
    }
    CHECK(front.said("GET", "/node/%zz") == validation("the path has a % that is not followed by two hexadecimal digits"));
}

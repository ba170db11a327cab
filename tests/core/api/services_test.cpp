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

TEST_CASE("a number in a query is whole and within its bounds, or named") {
    const auto read = [](const std::string& target) {
        haas::http::Request request;
        request.target = target;
        const haas::api::Call call{request, nullptr, haas::auth::Principal::anonymous(), {}};
        return haas::api::read_number(call, "limit", 1, 100, 7);
    };
    CHECK(read("/x").value() == 7);
    CHECK(read("/x?limit=1").value() == 1);
    CHECK(read("/x?limit=100").value() == 100);
    for (const char* bad : {"0", "101", "-1", "", "1.0", "1 ", "+1", "0x1", "99999999999999999999"}) {
        CHECK(read(std::string("/x?limit=") + bad).error().message == "limit must be a whole number, 1 to 100");
    }
}

TEST_CASE("the schema of a type is found, or the types are named that have one") {
    const Front front;
    CHECK(haas::api::find_schema(front.services, haas::api::scripted).value()->first == haas::api::scripted);
    const auto unknown = haas::api::find_schema(front.services, "http://x");
    CHECK(unknown.error().code == haas::Errc::bad_argument);
    CHECK(unknown.error().message == "'http://x' is not a valid OBM type. Loaded drivers serve: " +
                                         std::string(haas::node::bare_type) + ", " + haas::api::scripted);
}

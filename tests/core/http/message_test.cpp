#include "core/http/message.hpp"

#include <catch2/catch.hpp>

using haas::http::equal_ignoring_case;

TEST_CASE("a header is found in whatever case, the first of its name") {
    haas::http::Request request;
    request.headers = {{"Host", "a"}, {"X-Thing", "one"}, {"x-thing", "two"}};
    CHECK(request.header("X-THING") == "one");
    CHECK(request.header("host") == "a");
    CHECK(request.header("hos").empty());
    CHECK(request.header("").empty());
}

TEST_CASE("a list is what stands between the commas of all headers of its name") {
    haas::http::Request request;
    request.headers = {
        {"Connection", " keep-alive ,,\tUpgrade"}, {"Host", "a,b"}, {"connection", ""}, {"CONNECTION", "x y,"}};
    CHECK(request.list("connection") == std::vector<std::string_view>{"keep-alive", "Upgrade", "x y"});
    CHECK(request.list("nothing").empty());
}

TEST_CASE("only the letters A to Z have a case") {
    CHECK(equal_ignoring_case("aZ-09", "Az-09"));
    CHECK_FALSE(equal_ignoring_case("[", "{"));  // 0x5b and 0x7b differ by the bit that tells cases apart
    CHECK_FALSE(equal_ignoring_case("@", "`"));
    CHECK_FALSE(equal_ignoring_case("a", "ab"));
    CHECK_FALSE(equal_ignoring_case("\xc4", "\xe4"));
}

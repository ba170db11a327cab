// Entity tags and the conditions made with them: the cases are RFC 9110's, sections 8.8.3.2, 13.1.1 and 13.1.2.
#include "core/api/etag.hpp"

#include <catch2/catch.hpp>

using namespace haas::api;
using haas::http::Request;

namespace {

Request with(const std::string& header, const std::string& value) {
    Request request;
    request.headers.push_back({header, value});
    return request;
}

}  // namespace

TEST_CASE("a tag is quoted, and another text has another one") {
    // Vectors of the FNV reference code, 64 bits, FNV-1a: of "", "a" and "foobar".
    CHECK(etag_of("") == "\"cbf29ce484222325\"");
    CHECK(etag_of("a") == "\"af63dc4c8601ec8c\"");
    CHECK(etag_of("foobar") == "\"85944171f73967e8\"");
}

TEST_CASE("If-None-Match compares weakly, If-Match strongly") {
    const std::string tag = "\"1\"";
    CHECK(has_it_already(with("If-None-Match", "\"1\""), tag));
    CHECK(has_it_already(with("If-None-Match", "W/\"1\""), tag));
    CHECK_FALSE(has_it_already(with("If-None-Match", "\"2\""), tag));
    CHECK(means_this_one(with("If-Match", "\"1\""), tag));
    CHECK_FALSE(means_this_one(with("If-Match", "W/\"1\""), tag));
    CHECK_FALSE(means_this_one(with("If-Match", "\"2\""), tag));
}

TEST_CASE("without the header nothing is known already, and any version is meant") {
    CHECK_FALSE(has_it_already(Request(), "\"1\""));
    CHECK(means_this_one(Request(), "\"1\""));
    CHECK_FALSE(has_it_already(with("If-Match", "\"1\""), "\"1\""));
    CHECK(means_this_one(with("If-None-Match", "\"2\""), "\"1\""));
}

TEST_CASE("lists, stars, and headers that are said twice") {
    const std::string tag = "\"b\"";
    CHECK(means_this_one(with("if-match", "\"a\", \"b\",\"c\""), tag));
    CHECK(means_this_one(with("If-Match", "W/\"b\" , ,\t\"b\""), tag));
    CHECK(means_this_one(with("If-Match", "*"), tag));
    CHECK(has_it_already(with("If-None-Match", "*"), tag));
    Request twice = with("If-Match", "\"a\"");
    twice.headers.push_back({"If-Match", "\"b\""});
    CHECK(means_this_one(twice, tag));
    CHECK(means_this_one(with("If-Match", "\"a,\", \"b\""), tag));
    // A comma inside of a tag does not end it.
    CHECK_FALSE(means_this_one(with("If-Match", "\"a,\"b\",\""), tag));
    for (const char* nonsense : {"", "b", "\"b", "b\"", "W/", "W/b", ",", "a, \"b\""}) {
        CHECK_FALSE(means_this_one(with("If-Match", nonsense), tag));
        CHECK_FALSE(has_it_already(with("If-None-Match", nonsense), tag));
    }
}

TEST_CASE("the answers to conditions that do not hold") {
    const auto same = not_modified("\"1\"");
    CHECK(same.status == 304);
    CHECK(same.body.empty());
    CHECK(same.headers.front().name == "ETag");
    CHECK(same.headers.front().value == "\"1\"");
    const auto other = precondition_failed("n1");
    CHECK(other.status == 412);
    CHECK(other.body.find("\"node\":\"n1\"") != std::string::npos);
}

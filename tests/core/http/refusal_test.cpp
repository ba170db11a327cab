#include "core/http/refusal.hpp"

#include <catch2/catch.hpp>

using namespace haas::http;

TEST_CASE("a refusal is JSON in HaaS's shape") {
    const auto response = to_response({413, "The body is too large."});
    CHECK(response.status == 413);
    CHECK(response.body == R"({"type":"ValidationError","msg":"The body is too large.","code":"invalid"})");
    REQUIRE(response.headers.size() == 1);
    CHECK(response.headers[0].name == "Content-Type");
    CHECK(response.headers[0].value == "application/json");
}

TEST_CASE("the type follows from the status, and a busy server says when to come again") {
    CHECK(to_response({403, "x"}).body == R"({"type":"AuthorizationError","msg":"x","code":"forbidden"})");
    CHECK(to_response({500, "x"}).body == R"({"type":"InternalError","msg":"x","code":"internal"})");
    const auto busy = to_response({503, "x"});
    CHECK(busy.body == R"({"type":"BusyError","msg":"x","code":"busy"})");
    REQUIRE(busy.headers.size() == 2);
    CHECK(busy.headers[1].name == "Retry-After");
    CHECK(busy.headers[1].value == "5");
}

TEST_CASE("bytes from the network cannot break out of the sentence") {
    CHECK(quoted("http://a") == "\"http://a\"");
    CHECK(quoted("a\r\nb\x80\x7f") == "\"a??b??\"");
    CHECK(quoted(std::string(101, 'a')) == '"' + std::string(100, 'a') + "...\"");
    CHECK(to_response({400, "no " + quoted("a\"b\\")}).body ==
          R"({"type":"ValidationError","msg":"no \"a\"b\\\"","code":"invalid"})");
}

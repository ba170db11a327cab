// Node tokens through their calls: who makes them, what is shown of them, and when they end.
#include "core/api/handlers.hpp"

#include <catch2/catch.hpp>

#include "core/api/timestamp.hpp"
#include "tests/core/api/front.hpp"

using haas::Right;
using haas::Rights;
using haas::api::Front;
using haas::api::validation;
using namespace haas::auth;

namespace {

rapidjson::Document json_of(const haas::http::Response& response) {
    REQUIRE(response.status == 200);
    return std::move(haas::api::parse_json(response.body, 8).value());
}

std::string text_of(const rapidjson::Value& object, const char* name) { return std::string(haas::api::view(object[name])); }

struct TokenFront : Front {
    TokenFront() {
        put("n1");
        put("n2");
        audit.records.clear();
    }
    // A token of all rights on the node; its id and its text.
    std::pair<std::string, std::string> make(const std::string& node) {
        const auto answer = json_of(call("POST", "/v0/node/" + node + "/token", R"({"rights": ["status", "power"]})"));
        return {text_of(answer, "id"), text_of(answer, "token")};
    }
};

}  // namespace

TEST_CASE("a token is made, shown once, listed without its text, and revoked") {
    TokenFront front;
    const auto response =
        front.call("POST", "/v0/node/n1/token", R"({"rights": "status,power", "label": "night shift", "ttl": 3600})");
    const auto made = json_of(response);
    const std::string text = text_of(made, "token");
    const std::string id = text_of(made, "id");
    CHECK(text.starts_with("hot_"));
    CHECK(text.size() == 47);
    CHECK(haas::api::to_json(made["rights"]) == R"(["status","power"])");
    CHECK(text_of(made, "label") == "night shift");
    const auto created = haas::api::read_rfc3339(text_of(made, "created"));
    const auto expires = haas::api::read_rfc3339(text_of(made, "expires"));
    CHECK(*expires - *created == std::chrono::hours(1));
    CHECK(std::any_of(response.headers.begin(), response.headers.end(),
                      [](const auto& one) { return one.name == "Cache-Control" && one.value == "no-store"; }));
    const auto holder = front.tokens.holder(text);
    REQUIRE(holder);
    CHECK(holder->may(Right::power, "n1"));
    CHECK(!holder->may(Right::boot, "n1"));
    CHECK(!holder->sees("n2"));

    const auto listed = front.call("GET", "/v0/node/n1/tokens");
    CHECK(listed.body.find(text) == std::string::npos);
    const auto list = json_of(listed);
    REQUIRE(list.Size() == 1);
    CHECK(text_of(list[0], "id") == id);
    CHECK(text_of(list[0], "creator") == "anonymous");
    CHECK(!list[0]["obmd"].GetBool());
    CHECK(front.said("GET", "/v0/node/n2/tokens") == "200 []");

    CHECK(front.said("DELETE", "/v0/node/n1/token/" + id) == "200 ");
    CHECK(holder->grant()->ended());
    CHECK(!front.tokens.holder(text));
    CHECK(front.said("GET", "/v0/node/n1/tokens") == "200 []");
    CHECK(front.said("DELETE", "/v0/node/n1/token/" + id) ==
          R"(404 {"type":"NotFoundError","msg":"Node n1 has no token )" + id + R"(.","code":"not_found"})");

    // The trail tells of both, and not the text.
    REQUIRE(front.audit.records.size() == 2);
    CHECK(front.audit.records[0].operation == "create_token");
    CHECK(front.audit.records[0].detail == "token " + id + ": status, power");
    CHECK(front.audit.records[1].operation == "revoke_token");
    CHECK(front.audit.records[1].detail == "token " + id);
}

TEST_CASE("a token that does not expire says so") {
    TokenFront front;
    const auto made = json_of(front.call("POST", "/v0/node/n1/token", R"({"rights": ["console-read"]})"));
    CHECK(made["expires"].IsNull());
    CHECK(text_of(made, "label").empty());
}

TEST_CASE("senseless wishes are refused") {
    TokenFront front;
    const auto refused = [&](const std::string& body) { return front.said("POST", "/v0/node/n1/token", body); };
    CHECK(refused("").starts_with(R"(400 {"type":"ValidationError","msg":"the body lacks \"rights\")"));
    const std::string rights = validation("\\\"rights\\\" must be a list of: status, power, boot, console-read, console-write");
    CHECK(refused(R"({"rights": ["status", "everything"]})") == rights);
    CHECK(refused(R"({"rights": ["status,power"]})") == rights);
    CHECK(refused(R"({"rights": {"status": true}})") == rights);
    CHECK(refused(R"({"rights": [1]})") == rights);
    CHECK(refused(R"({"rights": []})").starts_with("400 "));
    CHECK(refused(R"({"rights": ""})").starts_with("400 "));
    CHECK(refused(R"({"rights": "status,fly"})").starts_with("400 "));
    for (const char* ttl : {"0", "-1", "1.5", "9223372036854775807"}) {
        CHECK(refused(std::string(R"({"rights": "status", "ttl": )") + ttl + "}").starts_with("400 "));
    }
    CHECK(refused(R"({"rights": "status", "label": "a\nb"})").starts_with("400 "));
    CHECK(refused(R"({"rights": "status", "for": "me"})").starts_with(R"(400 {"type":"ValidationError","msg":"the body has an unknown key \"for\")"));
    CHECK(front.said("GET", "/v0/node/n1/tokens") == "200 []");
}

TEST_CASE("tokens of a node that is not there, or of another node") {
    TokenFront front;
    const std::string absent = R"(404 {"type":"NotFoundError","msg":"Node n3 does not exist.","code":"not_found"})";
    CHECK(front.said("POST", "/v0/node/n3/token", R"({"rights": "status"})") == absent);
    CHECK(front.said("GET", "/v0/node/n3/tokens") == absent);
    const auto [id, text] = front.make("n1");
    CHECK(front.call("DELETE", "/v0/node/n2/token/" + id).status == 404);
    CHECK(front.tokens.holder(text));
}

TEST_CASE("a node's tokens go with the node, at once") {
    TokenFront front;
    const auto [id, text] = front.make("n1");
    const auto holder = front.tokens.holder(text);
    CHECK(front.said("DELETE", "/node/n1") == "200 ");
    CHECK(holder->grant()->ended());
    CHECK(!front.tokens.holder(text));
    front.put("n1");
    CHECK(front.said("GET", "/v0/node/n1/tokens") == "200 []");
}

TEST_CASE("who administers the node makes, sees and revokes its tokens, and nobody else") {
    TokenFront front;
    const auto [id, text] = front.make("n1");
    const std::vector<std::array<std::string, 3>> calls = {{"POST", "/v0/node/n1/token", R"({"rights": "status"})"},
                                                           {"GET", "/v0/node/n1/tokens", ""},
                                                           {"DELETE", "/v0/node/n1/token/" + id, ""}};
    const auto user = [](const char* role, const char* nodes) {
        return Principal::user("eve", *Role::named(role), std::make_shared<const NodePatterns>(NodePatterns::parse(nodes).value()),
                               Grant::make());
    };
    for (const auto& [method, target, body] : calls) {
        CAPTURE(method, target);
        front.who = user("operator", "*");
        CHECK(front.call(method, target, body).status == 403);
        front.who = user("admin", "n2");
        CHECK(front.call(method, target, body).status == 404);
        front.who = *front.tokens.holder(text);
        CHECK(front.call(method, target, body).status == 403);
    }
    front.who = user("admin", "n1");
    for (const auto& [method, target, body] : calls) CHECK(front.call(method, target, body).status == 200);
}

// What comes before the handlers: who asks, which call, and whether it may have a body.
#include "core/api/api.hpp"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "tests/core/api/front.hpp"

using haas::api::Front;
using haas::api::validation;
using haas::http::Response;
using haas::node::machine;

TEST_CASE("bodies where none belong, methods and paths that are not there") {
    Front front;
    front.put("n1");
    CHECK(front.said("GET", "/node/n1", "x") == validation("GET takes no body"));
    CHECK(front.said("POST", "/node/n1/reset", R"({"force": true})") ==
          validation("the body has an unknown key \\\"force\\\"; this call takes none"));
    CHECK(front.said("POST", "/node/n1/power_cycle", R"({"force": "yes"})") == validation("\\\"force\\\" must be true or false"));
    CHECK(front.said("POST", "/node/n1/power_cycle", "not json").starts_with("400"));
    CHECK(machine("n1").asked.empty());
    const Response wrong = front.call("PATCH", "/node/n1");
    CHECK(wrong.status == 405);
    CHECK(wrong.headers.back().name == "Allow");
    CHECK(wrong.headers.back().value == "DELETE, GET, HEAD, PUT");
    CHECK(front.call("GET", "/").status == 404);
    CHECK(front.call("GET", "/node/n1/frobnicate").status == 404);
    CHECK(front.call("POST", "/node/nobody/power_on").status == 404);
}

TEST_CASE("nobody gets past the door without the admin token, whatever they ask for") {
    Front front;
    const auto file = std::filesystem::temp_directory_path() / ("haas_api_token_" + std::to_string(getpid()));
    std::filesystem::remove(file);
    std::ofstream(file) << "correct-horse-battery\n";
    std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    const haas::api::Api guarded(front.registry, haas::auth::Authenticator::with_admin_token(file).value(), {});
    std::filesystem::remove(file);
    const auto ask = [&](const std::string& target, const std::string& authorization) {
        std::optional<Response> answer;
        guarded.handle({"GET", target, {{"authorization", authorization}}, "", "127.0.0.1:1"},
                       [&](Response response) { answer = std::move(response); });
        return answer.value();
    };
    for (const char* target : {"/nodes/all", "/node/n1", "/no/such/call", "/v0/drivers"}) {
        const Response refused = ask(target, "");
        CHECK(refused.status == 401);
        CHECK(refused.body.find("AuthorizationError") != std::string::npos);
        CHECK(refused.headers.back().name == "WWW-Authenticate");
    }
    CHECK(ask("/nodes/all", "Bearer wrong-horse-battery").status == 401);
    CHECK(ask("/nodes/all", "Bearer correct-horse-battery").status == 200);
    // printf admin:correct-horse-battery | base64
    CHECK(ask("/nodes/all", "Basic YWRtaW46Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5").status == 200);
}

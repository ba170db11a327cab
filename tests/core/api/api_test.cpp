// What comes before the handlers: who asks, which call, and whether it may have a body.
#include "core/api/api.hpp"

#include <catch2/catch.hpp>

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

TEST_CASE("nobody gets past the door without a credential, whatever they ask for") {
    Front front;
    front.who = haas::fail(haas::Errc::unauthenticated, "who are you?");
    for (const char* target : {"/nodes/all", "/node/n1", "/no/such/call", "/v0/drivers"}) {
        const Response refused = front.call("GET", target);
        CHECK(refused.status == 401);
        CHECK(refused.body.find("AuthorizationError") != std::string::npos);
        CHECK(refused.headers.back().name == "WWW-Authenticate");
    }
}

TEST_CASE("our own calls refuse query parameters that they do not have; those of HaaS do not look") {
    Front front;
    CHECK(front.said("GET", "/v0/drivers?page=2") ==
          validation("there is no query parameter \\\"page\\\" here; this call takes none"));
    CHECK(front.call("GET", "/nodes/all?_=1").status == 200);
}

TEST_CASE("a ticket is looked at only where it opens a console's WebSocket, and is for the node that stands there") {
    Front front;
    std::string seen;
    const haas::api::Api door{[&](const haas::auth::Credentials& credentials, haas::auth::Gate::Answer answer) {
                                  seen = std::string(credentials.ticket) + " " + std::string(credentials.ticket_node);
                                  answer(haas::fail(haas::Errc::unauthenticated, "no"));
                              },
                              front.services};
    const auto ask = [&](const char* method, const char* target) {
        door.handle({.method = method, .target = target, .headers = {}, .body = {}, .peer = {}}, [](const Response&) {});
        return seen;
    };
    CHECK(ask("GET", "/v0/node/n1/console/ws?replay=0&ticket=hwt_x") == "hwt_x n1");
    CHECK(ask("GET", "/v0/node/rack%3A1/console/ws?ticket=x") == "x rack:1");
    for (const char* target : {"/v0/node/n1/console/ws", "/v0/node/n1/console/ws?ticket=", "/v0/node/n1/console/stream?ticket=x",
                               "/node/n1/console/ws?ticket=x", "/v0/node/n1?ticket=x", "/obmd/node/n1/console?ticket=x",
                               "/v0/nodes?ticket=x&y=/v0/node/n1/console/ws", "/v0/node/%zz/console/ws?ticket=x"}) {
        INFO(target);
        CHECK(ask("GET", target) == " ");
    }
    CHECK(ask("POST", "/v0/node/n1/console/ws?ticket=x") == " ");
}

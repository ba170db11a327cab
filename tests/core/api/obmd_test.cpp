// obmd's dialect: the calls of its daemon as field notes and its sources have them, and where we answer otherwise.
#include "core/api/handlers.hpp"

#include <catch2/catch.hpp>

#include "tests/core/api/front.hpp"

using haas::api::Front;
using haas::api::validation;
using haas::node::machine;
using namespace haas::auth;
using Asked = std::vector<std::string>;

namespace {


struct ObmdFront : Front {
    ObmdFront() {
        add_driver(haas::node::haas_entry(), "haas.ext.obm.mock");
        schemas = haas::api::schemas_of(registry);
    }
    void register_obmd(const std::string& node) {
        const std::string body = R"({"type": "mock", "info": {"addr": ")" + node + R"(", "pass": "s3cret", "NumWrites": 0}})";
        REQUIRE(said("PUT", "/obmd/node/" + node, body) == "200 ");
    }
    std::string token_of(const std::string& node) {
        const auto response = call("POST", "/obmd/node/" + node + "/token");
        REQUIRE(response.status == 200);
        return response.body.substr(10, response.body.size() - 12);
    }
};

}  // namespace

TEST_CASE("a node registered by obmd's call is like any other") {
    ObmdFront front;
    front.register_obmd("n1");
    CHECK(machine("n1").password == "s3cret");
    CHECK(front.call("GET", "/node/n1").body.find(R"("obm":{"type":"http://schema.massopencloud.org/haas/v0/obm/mock","host":"n1"})") !=
          std::string::npos);
    const std::string again = R"({"type": "mock", "info": {"addr": "other"}})";
    CHECK(front.said("PUT", "/obmd/node/n1", again) ==
          R"(409 {"type":"DuplicateError","msg":"Node n1 already exists.","code":"duplicate"})");
    CHECK(front.said("DELETE", "/obmd/node/n1") == "200 ");
    CHECK(front.said("DELETE", "/obmd/node/n1") == "200 ");
    CHECK(front.call("GET", "/node/n1").status == 404);
}

TEST_CASE("registrations that obmd answers with 500 are 400 with a sentence") {
    ObmdFront front;
    const auto refused = [&](const std::string& body) { return front.said("PUT", "/obmd/node/n1", body); };
    CHECK(refused(R"({"type": "dummy", "info": {"addr": "h"}})")
              .starts_with(R"(400 {"type":"BadArgumentError","msg":"'http://schema.massopencloud.org/haas/v0/obm/dummy' is not a valid OBM type.)"));
    CHECK(refused(R"({"type": "mock", "info": {"pass": "x"}})") == validation("info lacks \\\"addr\\\"; it takes addr, user, pass"));
    CHECK(refused(R"({"type": "mock", "info": {"addr": 7}})") == validation("info's \\\"addr\\\" must be a string"));
    CHECK(refused(R"({"type": "mock", "info": {"addr": "h", "password": "x"}})") ==
          validation("info has an unknown field \\\"password\\\"; it takes addr, user, pass"));
    for (const char* body : {"", "{", R"({"type": "mock"})", R"({"info": {"addr": "h"}})", R"({"type": "mock", "info": []})",
                             R"({"obm": {"type": "mock"}})"}) {
        CAPTURE(body);
        CHECK(refused(body).starts_with(R"(400 {"type":"ValidationError")"));
    }
    CHECK(front.said("GET", "/nodes/all") == "200 []");
}

TEST_CASE("a driver's refusal tells obmd's names for its fields") {
    ObmdFront front;
    // This driver has no user.
    CHECK(front.said("PUT", "/obmd/node/n1", R"({"type": "mock", "info": {"addr": "h", "user": "u"}})")
              .find("obm has an unknown field \\\"user\\\"; this type takes type, host; optional: password, level, fast, mode, kg "
                    "(obmd's addr is host here, and its pass is password)") != std::string::npos);
}

TEST_CASE("obmd's token is one a node; a new one ends it, and leaves other tokens alone") {
    ObmdFront front;
    front.register_obmd("n1");
    const auto ours = front.call("POST", "/v0/node/n1/token", R"({"rights": "status"})");
    REQUIRE(ours.status == 200);
    const std::string first = front.token_of("n1");
    CHECK(first.size() == 32);
    CHECK(first.find_first_not_of("0123456789abcdef") == std::string::npos);
    const auto holder = front.tokens.holder(first);
    REQUIRE(holder);
    CHECK(holder->may(haas::Right::console_write, "n1"));
    const std::string second = front.token_of("n1");
    CHECK(second != first);
    CHECK(holder->grant()->ended());
    CHECK(!front.tokens.holder(first));
    CHECK(front.tokens.holder(second));
    CHECK(front.tokens.of_node("n1").size() == 2);

    CHECK(front.said("DELETE", "/obmd/node/n1/token") == "200 ");
    CHECK(!front.tokens.holder(second));
    CHECK(front.said("DELETE", "/obmd/node/n1/token") == "200 ");
    CHECK(front.tokens.of_node("n1").size() == 1);
    for (const char* method : {"POST", "DELETE"}) {
        CHECK(front.said(method, "/obmd/node/n9/token") == R"(404 {"type":"NotFoundError","msg":"Node n9 does not exist.","code":"not_found"})");
    }
}

TEST_CASE("obmd's power calls reach the driver, without HaaS's PXE step") {
    ObmdFront front;
    front.register_obmd("n1");
    front.who = *front.tokens.holder(front.token_of("n1"));
    CHECK(front.said("GET", "/obmd/node/n1/power_status?token=x") == R"(200 {"power_status":"off"})");
    CHECK(front.said("POST", "/obmd/node/n1/power_on?token=x") == "200 ");
    CHECK(front.said("POST", "/obmd/node/n1/power_cycle?token=x", R"({"force": false})") == "200 ");
    CHECK(front.said("POST", "/obmd/node/n1/power_cycle?token=x", R"({"force": true})") == "200 ");
    CHECK(front.said("POST", "/obmd/node/n1/power_cycle?token=x", "{}") == "200 ");
    CHECK(front.said("POST", "/obmd/node/n1/power_off?token=x") == "200 ");
    CHECK(front.said("PUT", "/obmd/node/n1/boot_device?token=x", R"({"bootdev": "pxe"})") == "200 ");
    CHECK(machine("n1").asked == Asked{"status", "status", "power_on", "status", "power_cycle", "status", "reset", "status",
                                       "power_cycle", "status", "power_off", "boot pxe always"});
}

TEST_CASE("bodies that obmd refuses are refused") {
    ObmdFront front;
    front.register_obmd("n1");
    CHECK(front.said("POST", "/obmd/node/n1/power_cycle") ==
          validation("the body is empty; this call takes {\\\"force\\\": true} or {\\\"force\\\": false}"));
    for (const char* body : {"force", R"({"force": "yes"})", "null", "[]"}) CHECK(front.call("POST", "/obmd/node/n1/power_cycle", body).status == 400);
    for (const char* body : {"", "{}", R"({"bootdev": 1})", R"({"bootdev": "A"})"}) {
        CHECK(front.call("PUT", "/obmd/node/n1/boot_device", body).status == 400);
    }
    CHECK(machine("n1").asked.empty());
}

TEST_CASE("a token opens its own node and none of the administrator's calls; another node is 401, there or not") {
    ObmdFront front;
    front.register_obmd("n1");
    front.register_obmd("n2");
    front.who = *front.tokens.holder(front.token_of("n1"));
    for (const char* node : {"n2", "n9"}) {
        const std::string path = std::string("/obmd/node/") + node;
        CHECK(front.said("POST", path + "/power_off").starts_with(R"(401 {"type":"AuthorizationError")"));
        CHECK(front.call("GET", path + "/power_status").status == 401);
        CHECK(front.call("GET", path + "/console").status == 401);
        CHECK(front.call("PUT", path + "/boot_device", R"({"bootdev": "pxe"})").status == 401);
    }
    for (const char* node : {"n1", "n2", "n9"}) {
        const std::string path = std::string("/obmd/node/") + node;
        CHECK(front.call("PUT", path, R"({"type": "mock", "info": {"addr": "h"}})").status == 401);
        CHECK(front.call("DELETE", path).status == 401);
        CHECK(front.call("POST", path + "/token").status == 401);
        CHECK(front.call("DELETE", path + "/token").status == 401);
    }
    CHECK(machine("n2").asked.empty());
    front.who = Principal::anonymous();
    CHECK(front.call("POST", "/obmd/node/n9/power_off").status == 404);
}

TEST_CASE("what is not obmd's is not under /obmd, and the other way round") {
    ObmdFront front;
    front.register_obmd("n1");
    CHECK(front.call("GET", "/obmd/nodes/all").status == 404);
    CHECK(front.call("POST", "/obmd/node/n1/reset").status == 404);
    CHECK(front.call("GET", "/obmd/node/n1").status == 405);
    CHECK(front.call("POST", "/node/n1/token", R"({"rights": "status"})").status == 404);
}

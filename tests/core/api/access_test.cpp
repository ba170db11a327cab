// What each kind of caller may do, through the whole table: the rules are those of design.md section 5.
#include "core/api/access.hpp"

#include <catch2/catch.hpp>

#include "tests/core/api/fake_stream.hpp"

using haas::api::Front;
using namespace haas::auth;

namespace {

Principal user(const char* role, const char* nodes) {
    return Principal::user("eve", *Role::named(role), std::make_shared<const NodePatterns>(NodePatterns::parse(nodes).value()),
                           Grant::make());
}

}  // namespace

TEST_CASE("what one may not know of does not exist, in the words of a node that does not") {
    Front front;
    front.put("n1");
    front.who = user("operator", "n2,n3");
    for (const char* call : {"power_on", "reset"}) {
        const std::string mine = front.said("POST", std::string("/node/n3/") + call);
        std::string other = front.said("POST", std::string("/node/n1/") + call);
        CHECK(mine.starts_with("404 {\"type\":\"NotFoundError\",\"msg\":\"Node n3 does not exist.\""));
        CHECK(other.starts_with("404 {\"type\":\"NotFoundError\",\"msg\":\"Node n1 does not exist.\""));
    }
    CHECK(front.said("GET", "/node/n1").starts_with("404 "));
    CHECK(front.said("GET", "/nodes/all") == "200 []");
    CHECK(haas::node::machine("n1").asked.empty());
}

TEST_CASE("what one sees but may not do is 401 on the calls of HaaS and HIL, 403 on ours") {
    Front front;
    front.put("n1");
    front.who = user("viewer", "*");
    CHECK(front.call("GET", "/node/n1/power_status").status == 200);
    CHECK(front.call("GET", "/node/n1").status == 200);
    const std::string refused = front.said("POST", "/node/n1/power_off");
    CHECK(refused.starts_with("401 {\"type\":\"AuthorizationError\",\"msg\":\"eve has no right \\\"power\\\" on node n1\""));
    CHECK(front.call("POST", "/v0/node/n1/power_off").status == 401);
    CHECK(front.call("POST", "/v0/node/n1/retry").status == 403);
    CHECK(front.call("PUT", "/node/n1/boot_device", R"({"bootdev": "pxe"})").status == 401);
}

TEST_CASE("a token for the console alone shows no power, neither now nor as it changes") {
    Front front;
    front.put("n1");
    front.who = Principal::token("abc", "n1", haas::Rights{haas::Right::console_read}, Grant::make());
    CHECK(front.call("GET", "/node/n1").status == 401);
    CHECK(front.said("GET", "/v0/nodes") == R"(200 {"nodes":[],"next":null})");
    const auto events = haas::api::begin(front, "GET", "/v0/events");
    front.registry.events().publish("power", "n1", {{"power", std::string("on")}});
    CHECK(events->stream->taken.find("power") == std::string::npos);
}

TEST_CASE("only who administers a node registers, labels and deletes it") {
    Front front;
    front.put("n1");
    for (const Principal& who : {user("operator", "*"), user("viewer", "*"), user("admin", "m[1-9]")}) {
        front.who = who;
        // Of a node that is there and one that is not, it is the same.
        CHECK(front.call("PUT", "/node/n1", "{}").status == 401);
        CHECK(front.call("PUT", "/node/n2", "{}").status == 401);
    }
    CHECK(front.call("DELETE", "/node/n1").status == 404);
    front.who = user("operator", "*");
    CHECK(front.call("DELETE", "/node/n1").status == 401);
    CHECK(front.call("PUT", "/node/n1/metadata/rack", R"({"value": 1})").status == 401);
    front.who = user("admin", "n[1-9]");
    CHECK(front.call("DELETE", "/node/n1").status == 200);
}

// The audit trail's call: what it asks the store for, and how it shows what there is.
#include "core/api/handlers.hpp"

#include <catch2/catch.hpp>

#include "tests/core/api/front.hpp"

using haas::api::Front;
using haas::api::validation;
using namespace haas::auth;

TEST_CASE("what was done is shown, the newest first") {
    Front front;
    front.put("n1");
    front.audit.records.clear();
    front.audit.add_audit({.time_ms = 1795370535123, .who = "eve", .operation = "power_on", .node = "n1", .outcome = "accepted",
                           .code = "", .request_id = "r-1", .detail = "power_on", .duration_ms = 12});
    front.audit.add_audit({.time_ms = 1795370536000, .who = "admin", .operation = "delete", .node = "", .outcome = "failed",
                           .code = "conflict", .request_id = "r-2", .detail = "no", .duration_ms = 0});
    CHECK(front.said("GET", "/v0/audit") ==
          R"(200 {"records":[{"id":2,"time":"2026-11-22T18:02:16.000Z","who":"admin","operation":"delete","node":null,)"
          R"("outcome":"failed","code":"conflict","detail":"no","request":"r-2","duration_ms":0},)"
          R"({"id":1,"time":"2026-11-22T18:02:15.123Z","who":"eve","operation":"power_on","node":"n1",)"
          R"("outcome":"accepted","code":null,"detail":"power_on","request":"r-1","duration_ms":12}],"next":null})");
    CHECK(front.audit.asked.limit == 101);
    CHECK(front.audit.asked.before_id == 0);
    // One record more than the page holds tells of another page.
    const std::string page = front.said("GET", "/v0/audit?limit=1");
    CHECK(page.find(R"("id":1)") == std::string::npos);
    CHECK(page.ends_with(R"("next":"2"})"));
    CHECK(front.audit.asked.limit == 2);
}

TEST_CASE("a query is passed on, and a senseless one is refused") {
    Front front;
    front.put("n1");
    const std::string target = "/v0/audit?node=n1&who=token%3Aab&since=2026-11-22T19:02:15%2B01:00&until=2026-11-22T18:02:16.5Z&limit=1000&before=77";
    CHECK(front.call("GET", target).status == 200);
    CHECK(front.audit.asked.node == "n1");
    CHECK(front.audit.asked.who == "token:ab");
    CHECK(front.audit.asked.since_ms == 1795370535000);
    CHECK(front.audit.asked.until_ms == 1795370536500);
    CHECK(front.audit.asked.limit == 1001);
    CHECK(front.audit.asked.before_id == 77);

    CHECK(front.said("GET", "/v0/audit?node=") == validation("node must not be empty"));
    CHECK(front.said("GET", "/v0/audit?who=") == validation("who must not be empty"));
    CHECK(front.said("GET", "/v0/audit?since=yesterday") ==
          validation("since must be a time after 1970 as RFC 3339 writes it: 2026-11-22T18:02:15Z"));
    for (const char* query : {"until=", "until=1970-01-01T00:00:00Z", "until=2026-11-22", "limit=0", "limit=1001", "limit=x", "limit=",
                              "before=0", "before=-1", "before=x", "befor=1"}) {
        CAPTURE(query);
        CHECK(front.call("GET", std::string("/v0/audit?") + query).status == 400);
    }
}

TEST_CASE("only who administers all nodes reads it, and only under /v0") {
    Front front;
    const auto some = std::make_shared<const NodePatterns>(NodePatterns::parse("n[1-9]").value());
    front.who = Principal::user("eve", *Role::named("admin"), some, Grant::make());
    CHECK(front.said("GET", "/v0/audit").starts_with(R"(403 {"type":"AuthorizationError")"));
    front.who = Principal::user("eve", *Role::named("operator"), nullptr, Grant::make());
    CHECK(front.call("GET", "/v0/audit").status == 403);
    front.who = Principal::user("eve", *Role::named("admin"), nullptr, Grant::make());
    CHECK(front.call("GET", "/v0/audit").status == 200);
    CHECK(front.call("GET", "/audit").status == 404);
}

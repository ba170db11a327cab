// Nodes page by page, and the filters.
#include "core/api/handlers.hpp"

#include <catch2/catch.hpp>

#include "tests/core/api/front.hpp"

using haas::api::Front;
using haas::api::scripted;
using haas::api::validation;
using haas::node::machine;

namespace {

// The names on a page and what comes after them: "n1 n2 >n2".
std::string names(const haas::http::Response& page) {
    REQUIRE(page.status == 200);
    const auto json = haas::api::parse_json(page.body, 32).value();
    std::string text;
    for (const auto& node : json["nodes"].GetArray()) text += std::string(node["name"].GetString()) + " ";
    return text + (json["next"].IsNull() ? "" : ">" + std::string(json["next"].GetString()));
}

std::string names(Front& front, const std::string& query) { return names(front.call("GET", "/v0/nodes" + query)); }

void put_with(Front& front, const std::string& label, const std::string& metadata) {
    const std::string body = R"({"obm": {"type": ")" + scripted + R"(", "host": ")" + label + R"("}, "metadata": )" + metadata + "}";
    REQUIRE(front.said("PUT", "/node/" + label, body) == "200 ");
}

}  // namespace

TEST_CASE("a line says who it is, who serves it, and what was seen last") {
    Front front;
    CHECK(front.said("GET", "/v0/nodes") == R"(200 {"nodes":[],"next":null})");
    front.put("n1");
    CHECK(front.said("GET", "/v0/nodes") ==
          R"(200 {"nodes":[{"name":"n1","type":")" + scripted + R"(","driver":"test.scripted","power":null}],"next":null})");
    front.call("GET", "/node/n1/power_status");
    // The question took no time, and then a minute passed.
    CHECK(front.call("GET", "/v0/nodes").body.find(R"("power":{"power_status":"off","age":60})") != std::string::npos);
    front.call("POST", "/node/n1/power_on");
    CHECK(front.call("GET", "/nodes").status == 404);
}

TEST_CASE("pages follow one another, also when nodes go away between them") {
    Front front;
    for (const char* label : {"a", "b", "c", "d", "e"}) front.put(label);
    CHECK(names(front, "?limit=2") == "a b >b");
    CHECK(names(front, "?limit=2&after=b") == "c d >d");
    CHECK(names(front, "?limit=2&after=d") == "e ");
    CHECK(names(front, "?limit=5") == "a b c d e ");
    CHECK(names(front, "?after=bb") == "c d e ");
    CHECK(names(front, "?after=e") == "");
    CHECK(names(front, "?after=") == "a b c d e ");
    front.call("DELETE", "/node/b");
    CHECK(names(front, "?limit=2&after=b") == "c d >d");
    for (const char* bad : {"0", "10001", "-1", "", "ten", "1.5", "99999999999999999999"}) {
        CHECK(front.said("GET", std::string("/v0/nodes?limit=") + bad) == validation("limit must be a whole number, 1 to 10000"));
    }
    CHECK(front.said("GET", "/v0/nodes?after=a%20b") == validation("after must be the \\\"next\\\" of the page before"));
}

TEST_CASE("one sees the nodes that one may see, and learns of no other") {
    Front front;
    for (const char* label : {"a", "b", "c"}) front.put(label);
    front.who = haas::auth::Principal::token("t1", "b", haas::Rights{haas::Right::status}, haas::auth::Grant::make());
    CHECK(names(front, "") == "b ");
    CHECK(names(front, "?limit=1") == "b ");
    CHECK(names(front, "?limit=1&after=b") == "");
}

TEST_CASE("filters by type, driver, state and trouble") {
    Front front;
    front.put("n1");
    front.put("n2");
    front.put("n3");
    const std::string bare(haas::node::bare_type);
    REQUIRE(front.call("PUT", "/node/b1", R"({"obm": {"type": ")" + bare + R"(", "host": "b1"}})").status == 200);
    CHECK(names(front, "?type=" + bare) == "b1 ");
    CHECK(names(front, "?type=http%3A%2F%2Ftest.example.org%2Fobm%2Fbare") == "b1 ");
    CHECK(names(front, "?driver=test.scripted") == "n1 n2 n3 ");
    CHECK(names(front, "?driver=test") == "");

    machine("n2").power = haas::obm::Power::on;
    front.call("GET", "/node/n1/power_status");
    front.call("GET", "/node/n2/power_status");
    CHECK(names(front, "?power=on") == "n2 ");
    CHECK(names(front, "?power=off") == "n1 ");
    CHECK(names(front, "?power=unknown") == "b1 n3 ");
    CHECK(front.said("GET", "/v0/nodes?power=up") == validation("power must be on, off or unknown"));

    machine("n3").mishaps["status"].push_back({haas::obm::Failure(haas::obm::Status::credentials, "wrong password")});
    CHECK(front.call("GET", "/node/n3/power_status").status == 502);
    CHECK(names(front, "?trouble=true") == "n3 ");
    CHECK(names(front, "?trouble=false") == "b1 n1 n2 ");
    CHECK(front.call("GET", "/v0/nodes?trouble=true").body.find("\"trouble\":\"") != std::string::npos);
    CHECK(front.said("GET", "/v0/nodes?trouble=1") == validation("trouble must be true or false"));
    CHECK(names(front, "?driver=test.scripted&power=unknown&trouble=true") == "n3 ");
}

TEST_CASE("filters by metadata take plain text, and JSON") {
    Front front;
    put_with(front, "a", R"({"rack": "r1", "u": 12, "room": "hall 2"})");
    put_with(front, "b", R"({"rack": "r1", "u": "12", "tags": {"x": [1, 2]}})");
    put_with(front, "c", R"({"rack": "r2", "u:x": true})");
    front.put("d");
    CHECK(names(front, "?metadata.rack=r1") == "a b ");
    CHECK(names(front, "?metadata.rack=%22r2%22") == "c ");
    CHECK(names(front, "?metadata.u=12") == "a b ");
    CHECK(names(front, "?metadata.u=%2212%22") == "b ");
    CHECK(names(front, "?metadata.rack=r1&metadata.u=12&metadata.room=hall%202") == "a ");
    CHECK(names(front, "?metadata.room=hall+2") == "a ");
    CHECK(names(front, "?metadata.tags=%7B%22x%22%3A%20%5B1%2C2%5D%7D") == "b ");
    CHECK(names(front, "?metadata.u%3Ax=true") == "c ");
    CHECK(names(front, "?metadata.rack=r") == "");
    CHECK(names(front, "?metadata.nothing=") == "");
    CHECK(front.call("GET", "/v0/nodes?metadata=r1").status == 400);
    CHECK(front.call("GET", "/v0/nodes?rack=r1").status == 400);
}

TEST_CASE("no page looks at more than ten thousand nodes, and a short page says where to go on") {
    Front front;
    for (int i = 0; i < 10'050; ++i) {
        haas::store::NodeRecord record;
        record.label = "n" + std::to_string(100'000 + i);
        record.type = scripted;
        record.fields = {{"host", record.label}};
        if (i > 10'020) record.metadata = {{"rack", "\"r1\""}};
        front.registry.add(std::move(record), [](const haas::Result<void>& added) { REQUIRE(added); });
    }
    front.loop.run();
    CHECK(names(front, "?metadata.rack=r1") == ">n109999");
    CHECK(names(front, "?metadata.rack=r1&limit=2&after=n109999") == "n110021 n110022 >n110022");
    CHECK(names(front, "?limit=10000").ends_with(" n109999 >n109999"));
}

// A node as it is shown: its tag, and the state that was seen last.
#include "core/api/node_json.hpp"

#include <catch2/catch.hpp>

#include "tests/core/api/front.hpp"

using haas::api::Front;
using haas::api::JsonWriter;
using haas::http::Response;

namespace {

std::string header(const Response& response, const std::string& name) {
    for (const auto& one : response.headers) {
        if (one.name == name) return one.value;
    }
    return "";
}

std::string tag(Front& front) { return header(front.call("GET", "/node/n1"), "ETag"); }

Response with(Front& front, const std::string& method, const std::string& header, const std::string& value, const std::string& body = "") {
    return front.ask({.method = method, .target = "/v0/node/n1", .headers = {{header, value}}, .body = body, .peer = {}});
}

}  // namespace

TEST_CASE("the tag stays while nothing happens, and changes with what is shown") {
    Front front;
    front.put("n1");
    const std::string first = tag(front);
    CHECK(first.size() == 18);
    CHECK(tag(front) == first);
    CHECK(header(front.call("GET", "/node/n1"), "Cache-Control") == "no-cache");

    front.call("GET", "/node/n1/power_status");
    const std::string seen = tag(front);
    CHECK(seen != first);
    // Minutes go by: only the age grows.
    const std::string before = front.call("GET", "/node/n1").body;
    CHECK(front.call("GET", "/node/n1").body != before);
    CHECK(tag(front) == seen);

    front.call("PUT", "/node/n1/metadata/rack", R"({"value": 1})");
    const std::string labelled = tag(front);
    CHECK(labelled != seen);
    haas::node::machine("n1").power = haas::obm::Power::on;
    front.call("GET", "/node/n1/power_status");
    CHECK(tag(front) != labelled);
}

TEST_CASE("a client that has it already is not sent it again") {
    Front front;
    front.put("n1");
    const std::string now = tag(front);
    const Response same = with(front, "GET", "If-None-Match", now);
    CHECK(same.status == 304);
    CHECK(same.body.empty());
    CHECK(header(same, "ETag") == now);
    CHECK(with(front, "GET", "If-None-Match", "\"0000000000000000\"").status == 200);
}

TEST_CASE("a change that means another version changes nothing") {
    Front front;
    front.put("n1");
    const std::string old = tag(front);
    front.call("PUT", "/node/n1/metadata/rack", R"({"value": 1})");
    const Response stale = with(front, "PATCH", "If-Match", old, R"({"metadata": {"rack": 2}})");
    CHECK(stale.status == 412);
    CHECK(stale.body.find("\"type\":\"BlockedError\"") != std::string::npos);
    CHECK(with(front, "DELETE", "If-Match", old).status == 412);
    CHECK(front.call("GET", "/node/n1").body.find(R"("metadata":{"rack":"1"})") != std::string::npos);
    CHECK(with(front, "PATCH", "If-Match", tag(front), R"({"metadata": {"rack": 2}})").status == 200);
    CHECK(with(front, "DELETE", "If-Match", tag(front)).status == 200);
    CHECK(with(front, "DELETE", "If-Match", "*").status == 404);
}

TEST_CASE("a known state is written with its age in whole seconds") {
    JsonWriter json;
    json.begin_array();
    haas::api::write_known_power(json, std::nullopt);
    haas::api::write_known_power(json, haas::node::KnownPower{haas::driver::Power::on, std::chrono::milliseconds(2'999)});
    json.end_array();
    CHECK(json.take() == R"([null,{"power_status":"on","age":2}])");
}

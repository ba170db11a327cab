// PATCH of a node: what it changes, what it leaves alone, and what it tells nobody.
#include "core/api/handlers.hpp"

#include <catch2/catch.hpp>

#include "tests/core/api/front.hpp"

using haas::api::Front;
using haas::api::scripted;
using haas::api::validation;
using haas::node::machine;

namespace {

std::string patch(Front& front, const std::string& body) { return front.said("PATCH", "/v0/node/n1", body); }

std::string shown(Front& front) { return front.call("GET", "/node/n1").body; }

bool shows(Front& front, const std::string& text) { return shown(front).find(text) != std::string::npos; }

// A ValidationError of a call that had come to a node.
std::string refused(const std::string& sentence) {
    return "400 {\"type\":\"ValidationError\",\"msg\":\"" + sentence + R"(","code":"invalid","node":"n1","operation":"update"})";
}

}  // namespace

TEST_CASE("a password is changed, and all else stays, the secrets that are not named too") {
    Front front;
    const std::string body = R"({"obm": {"type": ")" + scripted +
                             R"(", "host": "n1", "level": 2, "password": "s3cret"}, "metadata": {"rack": "r1"}})";
    REQUIRE(front.said("PUT", "/node/n1", body) == "200 ");
    const std::string before = shown(front);
    const std::string answer = patch(front, R"({"obm": {"password": "n3w"}})");
    CHECK(answer == "200 " + before);
    CHECK(shown(front) == before);
    CHECK(machine("n1").password == "n3w");

    CHECK(patch(front, R"({"obm": {"level": 3}})").starts_with("200 "));
    CHECK(machine("n1").password == "n3w");
    CHECK(shows(front, R"("level":3)"));
    CHECK(shows(front, R"("rack":"\"r1\"")"));
}

TEST_CASE("null takes a field away, and what is needed stays") {
    Front front;
    front.put("n1");
    CHECK(patch(front, R"({"obm": {"level": 2, "fast": true}})").starts_with("200 "));
    CHECK(patch(front, R"({"obm": {"level": null, "password": null}})").starts_with("200 "));
    CHECK(machine("n1").password.empty());
    CHECK(shows(front, R"(,"host":"n1","fast":true})"));
    const std::string takes = "; this type takes type, host; optional: password, level, fast, mode, kg";
    CHECK(patch(front, R"({"obm": {"host": null}})") == refused("obm lacks the field \\\"host\\\"" + takes));
    CHECK(patch(front, R"({"obm": {"pasword": null}})") == refused("obm has an unknown field \\\"pasword\\\"" + takes));
    CHECK(shows(front, R"("host":"n1")"));
}

TEST_CASE("another type needs all its fields, and takes nothing over") {
    Front front;
    front.put("n1");
    const std::string bare(haas::node::bare_type);
    CHECK(patch(front, R"({"obm": {"type": ")" + bare + R"("}})").starts_with("400 "));
    CHECK(patch(front, R"({"obm": {"type": ")" + bare + R"(", "host": null}})").starts_with("400 "));
    CHECK(shows(front, R"("driver":"test.scripted")"));
    CHECK(patch(front, R"({"obm": {"type": ")" + bare + R"(", "host": "b1"}})").starts_with("200 "));
    CHECK(shows(front, R"("type":")" + bare + R"(","host":"b1"},"driver":"test.bare")"));
    CHECK(machine("b1").password.empty());
    CHECK(front.call("POST", "/node/n1/power_on").status == 200);
    CHECK(machine("b1").count("power_on") == 1);
    CHECK(patch(front, R"({"obm": {"type": "http://x"}})").starts_with(R"(400 {"type":"BadArgumentError","msg":"'http://x' is not)"));
    CHECK(patch(front, R"({"obm": {"type": 7}})") == refused("obm field \\\"type\\\" must be a string"));
}

TEST_CASE("metadata is set and taken away, label by label") {
    Front front;
    front.put("n1");
    CHECK(patch(front, R"({"metadata": {"a": 1, "b": {"c": null}, "gone": null}})").starts_with("200 "));
    CHECK(shows(front, R"("metadata":{"a":"1","b":"{\"c\":null}"})"));
    CHECK(patch(front, R"({"metadata": {"a": null, "b": 2}, "obm": {"fast": false}})").starts_with("200 "));
    CHECK(shows(front, R"("metadata":{"b":"2"})"));
    CHECK(shows(front, R"("fast":false)"));
    CHECK(patch(front, R"({"metadata": {"a b": 1, "c": 1}})") ==
          refused("a metadata key is no label: a name is 1 to 255 characters of A-Z a-z 0-9 . _ : + -"));
    CHECK(shows(front, R"("metadata":{"b":"2"})"));
}

TEST_CASE("what is wrong is refused before anything changes") {
    Front front;
    front.put("n1");
    const std::string before = shown(front);
    CHECK(patch(front, R"({"obm": {"level": 5}, "metadata": {"a": 1}})") == refused("obm field \\\"level\\\" must be at least 1, at most 4"));
    CHECK(patch(front, R"({"obm": {"host": "refused", "password": "p"}, "metadata": {"a": 1}})") ==
          R"(400 {"type":"ValidationError","msg":"host 'refused' is refused","code":"invalid","node":"n1","operation":"update"})");
    for (const char* nothing : {"", "{}", R"({"obm": {}})", R"({"metadata": {}})"}) {
        CHECK(patch(front, nothing) == refused("the body names nothing to change; this call takes: obm, metadata"));
    }
    CHECK(patch(front, R"({"obm": {"type": ")" + scripted + R"("}})") ==
          refused("the body names nothing to change; this call takes: obm, metadata"));
    CHECK(patch(front, R"({"name": "n2"})").starts_with("400 "));
    CHECK(shown(front) == before);
    CHECK(front.said("PATCH", "/v0/node/n2", R"({"obm": {"level": 1}})").starts_with("404 "));
    CHECK(front.call("PATCH", "/node/n1", R"({"obm": {"level": 1}})").status == 405);
}

TEST_CASE("what is stored secretly is not sent to another machine") {
    Front front;
    const std::string body = R"({"obm": {"type": ")" + scripted + R"(", "host": "n1", "password": "s3cret", "level": 2}})";
    REQUIRE(front.said("PUT", "/node/n1", body) == "200 ");
    CHECK(patch(front, R"({"obm": {"host": "n2", "level": 1}})") ==
          refused(R"(another host needs obm field \"password\" too, or null for it: what is stored is not sent to another machine)"));
    CHECK(shows(front, R"("host":"n1")"));
    CHECK(machine("n2").attachments == 0);
    CHECK(patch(front, R"({"obm": {"host": "n1", "level": 3}})").starts_with("200 "));
    CHECK(patch(front, R"({"obm": {"host": "n2", "password": "n3w"}})").starts_with("200 "));
    CHECK(machine("n2").password == "n3w");
    CHECK(patch(front, R"({"obm": {"host": "n1", "password": null}})").starts_with("200 "));
    CHECK(patch(front, R"({"obm": {"host": "n2"}})").starts_with("200 "));
}

TEST_CASE("new credentials make a refused node usable again") {
    Front front;
    front.put("n1");
    machine("n1").mishaps["status"].push_back({haas::obm::Failure(haas::obm::Status::credentials, "wrong password")});
    CHECK(front.call("GET", "/node/n1/power_status").status == 502);
    CHECK(front.call("GET", "/node/n1/power_status").status == 502);
    CHECK(machine("n1").count("status") == 1);
    CHECK(patch(front, R"({"metadata": {"a": 1}})").find("\"trouble\":") != std::string::npos);
    CHECK(patch(front, R"({"obm": {"password": "right"}})").find("\"trouble\":") == std::string::npos);
    CHECK(front.said("GET", "/node/n1/power_status") == R"(200 {"power_status":"off"})");
}

TEST_CASE("the trail names what was changed, and holds no value") {
    Front front;
    front.put("n1");
    patch(front, R"({"obm": {"password": "n3w-s3cret", "level": 4, "fast": null}, "metadata": {"rack": "r-17"}})");
    const auto& record = front.audit.records.back();
    CHECK(record.operation == "update");
    CHECK(record.node == "n1");
    CHECK(record.outcome == "done");
    CHECK(record.detail == "obm: level, password, fast; metadata: rack");
    patch(front, R"({"obm": {"host": "refused", "password": "n3w-s3cret"}})");
    CHECK(front.audit.records.back().outcome == "failed");
    CHECK(front.audit.records.back().code == "invalid");
    for (const auto& one : front.audit.records) CHECK(one.detail.find("s3cret") == std::string::npos);
    CHECK(patch(front, R"({"obm": {"password": ["n3w-s3cret"]}})").find("s3cret") == std::string::npos);
}

TEST_CASE("a full disk leaves the node as it was") {
    Front front;
    front.put("n1");
    const std::string before = shown(front);
    front.store.failure = haas::Error{haas::Errc::internal, "the disk is full", haas::Effect::none};
    CHECK(patch(front, R"({"obm": {"level": 4}})").starts_with("500 "));
    CHECK(patch(front, R"({"metadata": {"a": 1}})").starts_with("500 "));
    front.store.failure.reset();
    CHECK(shown(front) == before);
    CHECK(front.audit.records.back().outcome == "failed");
}

TEST_CASE("of two changes that were made to what one client saw, the second is refused, also before the first is on disk") {
    Front front;
    front.put("n1");
    const auto headers = front.call("GET", "/node/n1").headers;
    const auto etag = std::find_if(headers.begin(), headers.end(), [](const auto& one) { return one.name == "ETag"; });
    REQUIRE(etag != headers.end());
    std::vector<unsigned> statuses;
    for (const char* body : {R"({"metadata": {"rack": 1}})", R"({"metadata": {"rack": 2}})", R"({"obm": {"password": "x"}})"}) {
        front.api.handle({.method = "PATCH", .target = "/v0/node/n1", .headers = {{"If-Match", etag->value}}, .body = body, .peer = {}},
                         [&](const haas::http::Response& response) { statuses.push_back(response.status); });
    }
    front.loop.advance(std::chrono::minutes(1));
    std::sort(statuses.begin(), statuses.end());
    CHECK(statuses == std::vector<unsigned>{200, 412, 412});
}

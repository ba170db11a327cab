// How tasks are shown, listed and given up, and to whom.
#include "core/api/handlers.hpp"

#include <catch2/catch.hpp>

#include "tests/core/api/fake_stream.hpp"

using namespace haas::api;
using haas::node::machine;
using namespace std::chrono_literals;

namespace {

const haas::http::Header async{"Prefer", "respond-async"};

std::string member(const std::string& json, const char* name) {
    const auto parsed = parse_json(json, 32);
    REQUIRE(parsed);
    const auto found = parsed->FindMember(name);
    return found == parsed->MemberEnd() ? "absent" : to_json(found->value);
}

}  // namespace

TEST_CASE("a finished task shows the answer that the call would have had") {
    Front front;
    front.put("n1");
    const std::string url = begin(front, "POST", "/node/n1/power_on", "", {async})->header("Location");
    front.loop.advance(3min);
    std::string shown = front.call("GET", url).body;
    CHECK(member(shown, "state") == "\"reached\"");
    CHECK(member(shown, "operation") == "\"power_on\"");
    CHECK(member(shown, "node") == "\"n1\"");
    CHECK(member(shown, "who") == "\"anonymous\"");
    CHECK(member(shown, "status") == "200");
    CHECK(member(shown, "answer") == R"({"power_status":"on","outcome":"reached","sent":"power_on"})");
    CHECK(member(shown, "created").size() == 26);  // "2026-11-22T18:02:15.123Z" and its quotes
    CHECK(member(shown, "finished").size() == 26);

    const std::string unwatched = begin(front, "POST", "/node/n1/power_on?wait=0", "", {async})->header("Location");
    shown = front.call("GET", unwatched).body;
    CHECK(member(shown, "answer") == "null");

    const auto bulk = begin(front, "POST", "/v0/power/on", R"({"nodes": "n[1-2]"})", {async});
    CHECK(member(bulk->response->body, "node") == "null");
    CHECK(member(bulk->response->body, "nodes") == "2");
    front.loop.advance(3min);
    shown = front.call("GET", bulk->header("Location")).body;
    CHECK(member(shown, "state") == "\"failed\"");
    CHECK(member(shown, "answer").starts_with(R"([{"node":"n2","ok":false,)"));
    CHECK(member(shown, "answer").find(R"({"summary":{"nodes":2,"ok":1,"failed":1,)") != std::string::npos);
}

TEST_CASE("a task is its owner's, and an administrator's") {
    Front front;
    front.put("n1");
    front.who = user("eve", "operator", "*");
    const std::string url = begin(front, "POST", "/node/n1/power_on", "", {async})->header("Location");
    front.loop.advance(3min);
    CHECK(front.call("GET", url).status == 200);
    front.who = user("mallory", "operator", "*");
    const auto refused = front.said("GET", url);
    CHECK(refused.starts_with("404 "));
    CHECK(refused == front.said("GET", "/v0/task/t00000000000000"));
    CHECK(front.call("DELETE", url).status == 404);
    CHECK(front.said("GET", "/v0/tasks") == R"(200 {"tasks":[],"next":null})");
    front.who = user("root", "admin", "*");
    CHECK(front.call("GET", url).status == 404);  // administers the nodes that its patterns name, not all there are
    front.who = haas::auth::Principal::anonymous();
    CHECK(front.call("GET", url).status == 200);
    CHECK(front.call("GET", "/v0/tasks").body.find("eve") != std::string::npos);
}

TEST_CASE("what has not begun is given up; twice is as good as once") {
    Front front;
    front.put("n1");
    machine("n1").hold = true;
    begin(front, "GET", "/node/n1/boot_device");
    const std::string url = begin(front, "POST", "/node/n1/power_on", "", {async})->header("Location");
    CHECK(member(begin(front, "GET", url)->response->body, "state") == "\"running\"");
    const auto aborted = begin(front, "DELETE", url);
    CHECK(aborted->response->status == 200);
    CHECK(member(aborted->response->body, "state") == "\"aborted\"");
    CHECK(member(aborted->response->body, "status") == "503");
    CHECK(begin(front, "DELETE", url)->response->status == 200);
    machine("n1").release();
    front.loop.advance(3min);
    CHECK(machine("n1").count("power_on") == 0);
}

TEST_CASE("what was sent is not given up, but nobody watches for its goal") {
    Front front;
    front.put("n1");
    machine("n1").on_request = [](auto& self, const std::string& request) { self.hold = request == "power_on"; };
    const std::string url = begin(front, "POST", "/node/n1/power_on", "", {async})->header("Location");
    CHECK(member(begin(front, "DELETE", url)->response->body, "aborted") == "true");
    machine("n1").release();
    front.loop.advance(3min);
    CHECK(machine("n1").count("power_on") == 1);
    CHECK(member(front.call("GET", url).body, "state") == "\"unverifiable\"");
}

TEST_CASE("tasks are listed page by page, the newest first") {
    Front front;
    front.put("n1");
    std::vector<std::string> ids;
    for (int i = 0; i < 3; ++i) {
        ids.push_back(begin(front, "POST", "/node/n1/power_on", "", {async})->header("Location").substr(9));
        front.loop.advance(3min);
    }
    const std::string first = front.call("GET", "/v0/tasks?limit=2").body;
    CHECK(first.find(ids[2]) < first.find(ids[1]));
    CHECK(first.find(ids[0]) == std::string::npos);
    CHECK(member(first, "next") == "\"" + ids[1] + "\"");
    const std::string second = front.call("GET", "/v0/tasks?limit=2&before=" + ids[1]).body;
    CHECK(second.find(ids[0]) != std::string::npos);
    CHECK(second.find("answer") == std::string::npos);
    CHECK(member(second, "next") == "null");
    CHECK(front.call("GET", "/v0/tasks?limit=0").status == 400);
}

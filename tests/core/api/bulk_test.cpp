// The calls about many nodes: what they take, what they answer, and when.
#include "core/api/handlers.hpp"

#include <catch2/catch.hpp>

#include "tests/core/api/fake_stream.hpp"

using namespace haas::api;
using haas::node::machine;
using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

namespace {

Lines sorted(Lines lines) {
    std::sort(lines.begin(), lines.end());
    return lines;
}

}  // namespace

TEST_CASE("each node is a line as it finishes, and a summary comes last") {
    Front front;
    for (const char* label : {"n1", "n2", "n3"}) front.put(label);
    machine("n2").power = haas::obm::Power::on;
    machine("n3").hold = true;
    const auto asked = begin(front, "POST", "/v0/power/on", R"({"nodes": "n[1-4]"})");
    CHECK(asked->response->status == 200);
    CHECK(asked->header("Content-Type") == "application/x-ndjson");
    CHECK(sorted(asked->stream->lines()) ==
          Lines{R"({"node":"n1","ok":true,"outcome":"accepted","power_status":null,"sent":"power_on"})",
                R"({"node":"n2","ok":true,"outcome":"already","power_status":null,"sent":null})",
                R"({"node":"n4","ok":false,"outcome":"failed","power_status":null,"error":{"type":"NotFoundError",)"
                R"("msg":"Node n4 does not exist.","code":"not_found"}})"});
    front.loop.advance(2s);
    machine("n3").release();
    front.loop.run();
    const Lines lines = asked->stream->lines();
    REQUIRE(lines.size() == 5);
    CHECK(lines[3] == R"({"node":"n3","ok":true,"outcome":"accepted","power_status":null,"sent":"power_on"})");
    CHECK(lines[4] == R"({"summary":{"nodes":4,"ok":3,"failed":1,"unknown":0,"not_started":0,)"
                      R"("outcomes":{"accepted":2,"already":1},"seconds":2.000}})");
    CHECK(asked->stream->finished);
}

TEST_CASE("a bulk call waits, forces and insists as the single calls do") {
    Front front;
    front.put("n1");
    auto asked = begin(front, "POST", "/v0/power/on", R"({"nodes": ["n1"], "wait": 10})");
    front.loop.advance(20s);
    CHECK(asked->stream->lines()[0] == R"({"node":"n1","ok":true,"outcome":"reached","power_status":"on","sent":"power_on"})");
    asked = begin(front, "POST", "/v0/power/soft_off", R"({"nodes": ["n1"], "force_after": 5})");
    front.loop.advance(20s);
    CHECK(asked->stream->lines()[0] == R"({"node":"n1","ok":true,"outcome":"reached","power_status":"off","sent":"soft_off"})");
    begin(front, "POST", "/v0/power/off", R"({"nodes": ["n1"], "always": true})");
    CHECK(machine("n1").count("power_off") == 1);
    machine("n1").power = haas::obm::Power::on;
    front.loop.advance(20s);
    begin(front, "POST", "/v0/power/cycle", R"({"nodes": ["n1"]})");
    front.loop.advance(20s);
    CHECK(machine("n1").count("power_cycle") == 1);
    CHECK(machine("n1").count("boot pxe once") == 0);
    begin(front, "POST", "/v0/power/reset", R"({"nodes": "*"})");
    CHECK(machine("n1").count("reset") == 1);
}

TEST_CASE("what is malformed is refused before anything is sent") {
    Front front;
    front.put("n1");
    for (const char* body : {"", "{}", R"({"nodes": ""})", R"({"nodes": []})", R"({"nodes": "n["})", R"({"nodes": "n[0-100000]"})",
                             R"({"nodes": {}})", R"({"nodes": "n1", "fanout": 0})", R"({"nodes": "n1", "fanout": 4097})",
                             R"({"nodes": "n1", "fanout": 1.5})", R"({"nodes": "n1", "stagger": -1})",
                             R"({"nodes": "n1", "stagger": 3601})", R"({"nodes": "n1", "wait": 3601})",
                             R"({"nodes": "n1", "wait": "1"})", R"({"nodes": "n1", "force_after": 1})",
                             R"({"nodes": "n1", "else": 1})", R"({"nodes": 1})", "[]"}) {
        INFO(body);
        CHECK(front.call("POST", "/v0/power/on", body).status == 400);
    }
    CHECK(front.call("POST", "/v0/power/reset", R"({"nodes": "n1", "always": true})").status == 400);
    CHECK(front.call("POST", "/v0/power/smash", R"({"nodes": "n1"})").status == 404);
    CHECK(front.call("POST", "/v0/power/smash").status == 404);
    CHECK(front.call("POST", "/power/on", R"({"nodes": "n1"})").status == 404);
    CHECK(machine("n1").asked.empty());
}

TEST_CASE("fanout and stagger pace the starts") {
    Front front;
    for (const char* label : {"n1", "n2", "n3"}) {
        front.put(label);
        machine(label).hold = true;
    }
    const auto asked = begin(front, "POST", "/v0/power/on", R"({"nodes": ["n1", "n2", "n3"], "fanout": 2, "stagger": 0.5})");
    CHECK(machine("n2").asked.empty());
    front.loop.advance(500ms);
    CHECK(machine("n2").asked.size() == 1);
    front.loop.advance(5s);
    CHECK(machine("n3").asked.empty());
    machine("n1").release();
    front.loop.run();
    CHECK(machine("n3").asked.size() == 1);
    machine("n2").release();
    machine("n3").release();
    front.loop.advance(1s);
    CHECK(asked->stream->finished);
}

TEST_CASE("a client that goes cancels what has not begun; what has is finished and on record") {
    Front front;
    for (const char* label : {"n1", "n2"}) front.put(label);
    machine("n1").on_request = [](auto& self, const std::string& request) { self.hold = request == "power_on"; };
    machine("n2").hold = true;
    front.audit.records.clear();
    // Another client's operation is before it in n2's queue.
    begin(front, "GET", "/node/n2/boot_device");
    const auto asked = begin(front, "POST", "/v0/power/on", R"({"nodes": ["n1", "n2", "n3"], "fanout": 2})");
    asked->stream->go();
    front.loop.run();
    machine("n1").release();
    machine("n2").release();
    front.loop.advance(1s);
    CHECK(machine("n1").count("power_on") == 1);
    CHECK(machine("n2").count("power_on") == 0);
    REQUIRE(front.audit.records.size() == 2);
    CHECK(front.audit.records[0].node == "n2");
    CHECK(front.audit.records[0].code == "cancelled");
    CHECK(front.audit.records[1].node == "n1");
    CHECK(front.audit.records[1].outcome == "accepted");
}

TEST_CASE("a credential that ends cuts the stream and what has not begun") {
    Front front;
    for (const char* label : {"n1", "n2"}) front.put(label);
    machine("n1").on_request = [](auto& self, const std::string& request) { self.hold = request == "power_on"; };
    const auto grant = haas::auth::Grant::make();
    front.who = user("eve", "operator", "*", grant);
    const auto asked = begin(front, "POST", "/v0/power/on", R"({"nodes": ["n1", "n2"], "fanout": 1})");
    grant->end();
    CHECK(asked->stream->aborted);
    machine("n1").release();
    front.loop.advance(1s);
    CHECK(machine("n1").count("power_on") == 1);
    CHECK(machine("n2").asked.empty());
}

TEST_CASE("states are asked for, or known already, with their age") {
    Front front;
    for (const char* label : {"n1", "n2"}) front.put(label);
    machine("n1").power = haas::obm::Power::on;
    const auto asked = begin(front, "GET", "/v0/power?nodes=n[1-3]");
    CHECK(sorted(asked->stream->lines()) ==
          Lines{R"({"node":"n1","ok":true,"power_status":"on","age":0})", R"({"node":"n2","ok":true,"power_status":"off","age":0})",
                R"({"node":"n3","ok":false,"outcome":"failed","power_status":null,"error":{"type":"NotFoundError",)"
                R"("msg":"Node n3 does not exist.","code":"not_found"}})",
                R"({"summary":{"nodes":3,"ok":2,"failed":1,"not_started":0,"power_status":{"off":1,"on":1},"seconds":0.000}})"});
    front.loop.advance(7s);
    begin(front, "GET", "/v0/power?nodes=%2A&max_age=7");
    CHECK(machine("n1").asked.size() == 1);
    const auto known = begin(front, "GET", "/v0/power?nodes=n1&max_age=10");
    CHECK(known->stream->lines()[0] == R"({"node":"n1","ok":true,"power_status":"on","age":7})");
    begin(front, "GET", "/v0/power?nodes=*&max_age=6&fanout=1");
    CHECK(machine("n1").asked.size() == 2);
    CHECK(machine("n2").asked.size() == 2);
    for (const char* query : {"", "?nodes=", "?nodes=n[", "?nodes=*&fanout=0", "?nodes=*&max_age=-1", "?nodes=*&max_age=x", "?node=*"}) {
        INFO(query);
        CHECK(front.call("GET", std::string("/v0/power") + query).status == 400);
    }
    CHECK(front.call("GET", "/power?nodes=*").status == 404);
}

TEST_CASE("dry run is said, and nothing is sent") {
    Front front({.dry_run = true});
    front.put("n1");
    const auto asked = begin(front, "POST", "/v0/power/on", R"({"nodes": "*"})");
    CHECK(asked->header("X-Haas-Dry-Run") == "1");
    CHECK(asked->stream->lines()[0] == R"({"node":"n1","ok":true,"outcome":"dry_run","power_status":null,"sent":"power_on"})");
    CHECK(machine("n1").count("power_on") == 0);
    CHECK(begin(front, "GET", "/v0/power?nodes=*")->header("X-Haas-Dry-Run").empty());
}

TEST_CASE("so many calls about many nodes at a time, and no more") {
    Front front;
    front.put("n1");
    machine("n1").hold = true;
    std::vector<std::shared_ptr<Asked>> all;
    for (std::size_t i = 0; i < Tasks::most_fanouts.each; ++i) all.push_back(begin(front, "GET", "/v0/power?nodes=n1"));
    CHECK(front.call("GET", "/v0/power?nodes=n1").status == 503);
    machine("n1").release();
    front.loop.advance(1min);
    CHECK(all.back()->stream->finished);
    CHECK(begin(front, "GET", "/v0/power?nodes=n1")->response->status == 200);
}

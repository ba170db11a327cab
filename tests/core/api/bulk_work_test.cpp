// Who may do what with each of many nodes, and the trail that each leaves.
#include "core/api/bulk_work.hpp"

#include <catch2/catch.hpp>

#include "tests/core/api/fake_stream.hpp"

using namespace haas::api;
using haas::node::machine;
using haas::obm::Failure;
using haas::obm::Status;
using Lines = std::vector<std::string>;

TEST_CASE("a node that one may not know of is one that does not exist, one that one may not act on says so") {
    Front front;
    for (const char* label : {"n1", "m1"}) front.put(label);
    front.who = user("eve", "viewer", "n*");
    const auto asked = begin(front, "POST", "/v0/power/on", R"({"nodes": ["n1", "m1", "m2"]})");
    const Lines lines = asked->stream->lines();
    REQUIRE(lines.size() == 4);
    CHECK(lines[0] == R"({"node":"n1","ok":false,"outcome":"failed","power_status":null,"error":{"type":"AuthorizationError",)"
                      R"("msg":"eve has no right \"power\" on node n1","code":"forbidden"}})");
    CHECK(lines[1] == R"({"node":"m1","ok":false,"outcome":"failed","power_status":null,"error":{"type":"NotFoundError",)"
                      R"("msg":"Node m1 does not exist.","code":"not_found"}})");
    CHECK(lines[2] == R"({"node":"m2","ok":false,"outcome":"failed","power_status":null,"error":{"type":"NotFoundError",)"
                      R"("msg":"Node m2 does not exist.","code":"not_found"}})");
    CHECK(machine("n1").asked.empty());
    CHECK(machine("m1").asked.empty());
    const auto states = begin(front, "GET", "/v0/power?nodes=*");
    CHECK(states->stream->lines()[0] == R"({"node":"n1","ok":true,"power_status":"off","age":0})");
    CHECK(states->stream->lines().size() == 2);
    CHECK(begin(front, "GET", "/v0/power?nodes=m1&max_age=60")->stream->lines()[0].find("NotFoundError") != std::string::npos);
}

TEST_CASE("every change is on record, by whom and under which request") {
    Front front;
    for (const char* label : {"n1", "n2"}) front.put(label);
    front.audit.records.clear();
    machine("n2").power = haas::obm::Power::on;
    machine("n2").mishaps["reset"].push_back({Failure(Status::timed_out, "no answer")});
    machine("n1").mishaps["status"].push_back({Failure(Status::unreachable, "n1 is gone")});
    front.who = user("eve", "operator", "*");
    const auto asked = begin(front, "POST", "/v0/power/reset", R"({"nodes": ["n1", "n2", "n3"], "fanout": 1})");
    front.loop.advance(std::chrono::minutes(1));
    const Lines lines = asked->stream->lines();
    REQUIRE(lines.size() == 4);
    CHECK(lines[0] == R"({"node":"n1","ok":false,"outcome":"failed","power_status":null,)"
                      R"("error":{"type":"OBMError","msg":"n1 is gone","code":"unreachable"}})");
    CHECK(lines[1] == R"({"node":"n2","ok":false,"outcome":"unknown","power_status":null,)"
                      R"("error":{"type":"OBMError","msg":"no answer","code":"timeout"}})");
    CHECK(lines[3].starts_with(R"({"summary":{"nodes":3,"ok":0,"failed":2,"unknown":1,"not_started":0,"outcomes":{},)"));
    REQUIRE(front.audit.records.size() == 2);
    for (const auto& record : front.audit.records) {
        CHECK(record.who == "eve");
        CHECK(record.operation == "reset");
        CHECK(record.request_id == "request-1");
    }
    CHECK(front.audit.records[0].outcome == "failed");
    CHECK(front.audit.records[0].code == "unreachable");
    CHECK(front.audit.records[1].node == "n2");
    CHECK(front.audit.records[1].outcome == "unknown");
}

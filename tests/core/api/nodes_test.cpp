// Registering, showing, listing and deleting nodes: exact answers, to good requests and bad ones.
#include "core/api/handlers.hpp"

#include <catch2/catch.hpp>

#include "tests/core/api/front.hpp"

using haas::api::Front;
using haas::api::validation;
using haas::api::scripted;

TEST_CASE("a node is registered, shown, listed and deleted") {
    Front front;
    front.put("n1");
    CHECK(front.said("GET", "/node/n1") ==
          R"(200 {"name":"n1","project":null,"nics":[],"metadata":{},"obm":{"type":")" + scripted +
              R"(","host":"n1"},"driver":"test.scripted","bmc":{"firmware":"1.2","slots":4},"power":null})");
    for (const char* list : {"/nodes/all", "/nodes/free", "/free_nodes", "/v0/nodes/all", "/v0/nodes/free"}) {
        CHECK(front.said("GET", list) == R"(200 ["n1"])");
    }
    CHECK(front.said("GET", "/active_extensions") == R"(200 ["test.bare","test.scripted"])");
    CHECK(front.said("DELETE", "/v0/node/n1") == "200 ");
    CHECK(front.said("GET", "/node/n1") ==
          R"(404 {"type":"NotFoundError","msg":"Node n1 does not exist.","code":"not_found"})");
    CHECK(front.said("GET", "/nodes/all") == "200 []");
}

TEST_CASE("metadata goes in as any JSON and comes out as HIL shows it") {
    Front front;
    front.put("n1");
    CHECK(front.said("PUT", "/node/n1/metadata/rack", R"({"value": {"row": [1, "a\"b"]}})") == "200 ");
    CHECK(front.call("GET", "/node/n1").body.find(R"("metadata":{"rack":"{\"row\":[1,\"a\\\"b\"]}"})") != std::string::npos);
    CHECK(front.said("PUT", "/node/n1/metadata/rack", "{}") == validation("the body lacks \\\"value\\\"; this call takes: value"));
    CHECK(front.said("DELETE", "/node/n1/metadata/rack") == "200 ");
    CHECK(front.said("DELETE", "/node/n1/metadata/rack").starts_with("404"));
    CHECK(front.said("PUT", "/node/nobody/metadata/rack", R"({"value": 1})").starts_with("404"));
    const std::string body = R"({"obm": {"type": ")" + scripted + R"(", "host": "n2"}, "metadata": {"a": 1, "b": null}})";
    CHECK(front.said("PUT", "/node/n2", body) == "200 ");
    CHECK(front.call("GET", "/node/n2").body.find(R"("metadata":{"a":"1","b":"null"})") != std::string::npos);
}

TEST_CASE("bad registrations get exact answers, and leave nothing behind") {
    Front front;
    front.put("taken");
    const auto obm = [](const std::string& fields) { return R"({"obm": {"type": ")" + scripted + "\"" + fields + "}}"; };
    const std::string takes = "; this type takes type, host; optional: password, level, fast, mode, kg";
    CHECK(front.said("PUT", "/node/n", "{\"obm\"") ==
          validation("the body is not acceptable JSON: Missing a colon after a name of object member. at byte 6"));
    CHECK(front.said("PUT", "/node/n", std::string(100'000, '[')) ==
          validation("the body is not acceptable JSON: nested deeper than 32 levels ([http] max_depth)"));
    CHECK(front.said("PUT", "/node/n", "[]") == validation("the body must be a JSON object"));
    CHECK(front.said("PUT", "/node/n", "") == validation("the body lacks \\\"obm\\\"; this call takes: obm, metadata"));
    CHECK(front.said("PUT", "/node/n", R"({"obm": "x"})") == validation("\\\"obm\\\" must be an object"));
    CHECK(front.said("PUT", "/node/n", R"({"obm": {}, "nics": []})") ==
          validation("the body has an unknown key \\\"nics\\\"; this call takes: obm, metadata"));
    CHECK(front.said("PUT", "/node/n", R"({"obm": {"host": "h"}})") ==
          validation("obm lacks the field \\\"type\\\": the URI that picks the driver"));
    CHECK(front.said("PUT", "/node/n", R"({"obm": {"type": 7}})") == validation("obm field \\\"type\\\" must be a string"));
    CHECK(front.said("PUT", "/node/n", R"({"obm": {"type": "http://x"}})") ==
          R"(400 {"type":"BadArgumentError","msg":"'http://x' is not a valid OBM type. Loaded drivers serve: )" +
              std::string(haas::node::bare_type) + ", " + scripted + R"(","code":"bad_argument"})");
    CHECK(front.said("PUT", "/node/n", obm("")) == validation("obm lacks the field \\\"host\\\"" + takes));
    CHECK(front.said("PUT", "/node/n", obm(R"(, "host": "h", "hots": 1)")) ==
          validation("obm has an unknown field \\\"hots\\\"" + takes));
    CHECK(front.said("PUT", "/node/n", obm(R"(, "host": false)")) == validation("obm field \\\"host\\\" must be a string"));
    CHECK(front.said("PUT", "/node/n", obm(R"(, "host": "refused")")) ==
          R"(400 {"type":"ValidationError","msg":"host 'refused' is refused","code":"invalid","node":"n","operation":"register"})");
    CHECK(front.said("PUT", "/node/taken", obm(R"(, "host": "h")")) ==
          R"(409 {"type":"DuplicateError","msg":"Node taken already exists.","code":"duplicate"})");
    CHECK(front.said("PUT", "/node/n", R"({"obm": {"type": ")" + scripted + R"(", "host": "h"}, "metadata": {"a b": 1}})") ==
          validation("a metadata key is no label: a name is 1 to 255 characters of A-Z a-z 0-9 . _ : + -"));
    CHECK(front.said("GET", "/nodes/all") == R"(200 ["taken"])");
}

TEST_CASE("a secret is in no answer") {
    Front front;
    front.put("n1");
    CHECK(front.call("GET", "/node/n1").body.find("s3cret") == std::string::npos);
    const std::string body = R"({"obm": {"type": ")" + scripted + R"(", "host": "x", "password": ["s3cret"]}})";
    CHECK(front.call("PUT", "/node/x", body).body.find("s3cret") == std::string::npos);
}

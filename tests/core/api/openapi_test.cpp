// The OpenAPI document is true: it has every call and no other, and the real answer of each is as it says.
#include "core/api/openapi.hpp"

#include <catch2/catch.hpp>

#include "core/api/openapi_components.hpp"
#include "core/api/table.hpp"
#include "tests/core/api/fake_stream.hpp"
#include "tests/core/api/front.hpp"
#include "tests/core/api/openapi_document.hpp"

using haas::api::components;
using haas::api::FakeStream;
using haas::api::Front;
using haas::api::OpenApiDocument;
using haas::api::parse_json;
using haas::api::Prefix;
using haas::api::Route;
using haas::api::routes;
using haas::api::scripted;
using haas::api::view;
using haas::http::Response;
using haas::node::machine;

namespace {

const std::string bare(haas::node::bare_type);

std::string path_of(const Route& route) {
    return (route.prefix == Prefix::obmd ? "/obmd" : "/v0") + std::string(route.pattern);
}

std::string call_of(const Route& route) { return std::string(route.method) + " " + path_of(route); }

// A request that is good, where "{node}" is n1, with a body and a query as the call wants them.
struct Example {
    std::string body{};
    std::string query{};
    unsigned status = 200;
};

const std::map<std::string, Example> examples = {
    {"PUT /v0/node/{node}", {R"({"obm": {"type": ")" + scripted + R"(", "host": "n2"}, "metadata": {"a": [1]}})"}},
    {"PATCH /v0/node/{node}", {R"({"obm": {"level": 2, "kg": null}, "metadata": {"b": 1, "rack": null}})"}},
    {"GET /v0/nodes", {"", "?limit=10&metadata.rack=r1"}},
    {"PUT /v0/node/{node}/metadata/{label}", {R"({"value": {"any": null}})"}},
    {"POST /v0/node/{node}/power_on", {R"({"always": true})", "?wait=30"}},
    {"POST /v0/node/{node}/power_cycle", {R"({"force": false})"}},
    {"POST /v0/node/{node}/soft_off", {R"({"force_after": 5})"}},
    {"PUT /v0/node/{node}/boot_device", {R"({"bootdev": "pxe", "persistent": false})"}},
    {"DELETE /v0/node/{node}", {"", "?keep_console=1"}},
    {"PUT /v0/node/{node}/console", {R"({"capture": "always"})"}},
    {"GET /v0/node/{node}/console/log", {"", "?tail=10&q=login"}},
    {"GET /v0/node/{node}/console/stream", {"", "?since=0&conflict=wait"}},
    {"GET /v0/node/{node}/console/ws", {"", "?replay=0", 101}},
    {"POST /v0/node/{node}/token", {R"({"rights": ["status", "power"], "label": "x", "ttl": 60})"}},
    {"GET /v0/audit", {"", "?limit=5"}},
    {"POST /v0/power/{verb}", {R"({"nodes": ["n1", "nobody"], "fanout": 2, "wait": 30})"}},
    {"GET /v0/power", {"", "?nodes=n1,nobody"}},
    {"GET /v0/events", {"", "?kind=power"}},
    {"PUT /obmd/node/{node}", {R"({"type": "ipmi", "info": {"addr": "a", "user": "u", "pass": "p"}})", "", 400}},
    {"POST /obmd/node/{node}/power_cycle", {R"({"force": true})"}},
    {"PUT /obmd/node/{node}/boot_device", {R"({"bootdev": "disk"})"}},
};

Example example_of(const Route& route) {
    const auto found = examples.find(call_of(route));
    return found != examples.end() ? found->second : Example{};
}

// What there is to ask for.
struct Ids {
    std::string token;
    std::string task;
};

// The path with names in the places of the braces.
std::string target_of(const Route& route, const Ids& ids) {
    std::string path = path_of(route);
    const auto put = [&path](const std::string& name, const std::string& value) {
        if (const std::size_t at = path.find(name); at != std::string::npos) path.replace(at, name.size(), value);
    };
    const bool registers = route.method == "PUT" && route.pattern == "/node/{node}";
    put("{node}", registers ? "n2" : "n1");
    put("{label}", "rack");
    put("{id}", route.pattern.starts_with("/task/") ? ids.task : ids.token);
    put("{verb}", "on");
    return path;
}

// A node with metadata, a state that is known, a token and a task.
Ids furnish(Front& front) {
    front.put("n1");
    REQUIRE(front.call("PUT", "/node/n1/metadata/rack", R"({"value": "r1"})").status == 200);
    machine("n1").diagnosis.failed(haas::obm::Diagnosis::Step::reach, "no answer", "plug it in");
    const Response made = front.call("POST", "/v0/node/n1/token", R"({"rights": "status"})");
    REQUIRE(made.status == 200);
    const Response begun = front.ask({.method = "POST",
                                      .target = "/v0/node/n1/power_on",
                                      .headers = {{"Prefer", "respond-async"}},
                                      .body = {},
                                      .peer = {}});
    REQUIRE(begun.status == 202);
    REQUIRE(front.call("PUT", "/node/n1/console").status == 200);
    front.call("GET", "/node/n1/power_status");
    const auto id = [](const Response& response) { return std::string(parse_json(response.body, 8).value()["id"].GetString()); };
    return {id(made), id(begun)};
}

// The body is all that was streamed within a minute.
Response whole(Front& front, Response response) {
    // What core/http says then; see its own tests.
    if (response.websocket) response.status = 101;
    if (!response.stream) return response;
    const auto stream = std::make_shared<FakeStream>();
    response.stream(stream);
    front.loop.advance(std::chrono::minutes(1));
    response.body += stream->taken;
    stream->go();
    return response;
}

OpenApiDocument document_of(Front& front) {
    const Response response = front.call("GET", "/v0/openapi.json");
    REQUIRE(response.status == 200);
    return OpenApiDocument(response.body);
}

}  // namespace

TEST_CASE("every call is in the document, and nothing else") {
    Front front;
    std::set<std::string> calls;
    for (const Route& route : routes()) calls.insert(call_of(route));
    CHECK(document_of(front).operations() == calls);
    CHECK(calls.size() == routes().size());
}

TEST_CASE("every answer's name has a schema, every schema a use, and every reference a target") {
    Front front;
    const OpenApiDocument document = document_of(front);
    const auto& schemas = document.json()["components"]["schemas"];
    for (const Route& route : routes()) {
        INFO(call_of(route));
        CHECK((route.answer.empty() || schemas.HasMember(std::string(route.answer).c_str())));
        for (const auto& member : route.body) CHECK((member.schema.empty() || schemas.HasMember(std::string(member.schema).c_str())));
    }
    const std::string text = haas::api::to_json(document.json());
    std::set<std::string> referred;
    for (std::size_t at = text.find("\"$ref\":\"#"); at != std::string::npos; at = text.find("\"$ref\":\"#", at + 1)) {
        const std::string target = text.substr(at + 8, text.find('"', at + 8) - at - 8);
        INFO(target);
        CHECK(rapidjson::Pointer(target.c_str()).Get(document.json()) != nullptr);
        referred.insert(target.substr(target.rfind('/') + 1));
    }
    for (const auto& schema : schemas.GetObject()) {
        INFO(view(schema.name));
        CHECK(referred.contains(std::string(view(schema.name))));
    }
}

TEST_CASE("operations have a name of their own, a summary, and their path's parameters") {
    Front front;
    const OpenApiDocument document = document_of(front);
    std::set<std::string> names;
    for (const Route& route : routes()) {
        INFO(call_of(route));
        const auto& operation = document.operation(std::string(route.method), path_of(route));
        CHECK(names.insert(operation["operationId"].GetString()).second);
        CHECK_FALSE(view(operation["summary"]).empty());
        std::string path = path_of(route);
        for (const auto& parameter : operation["parameters"].GetArray()) {
            if (view(parameter["in"]) != "path") continue;
            const std::string braced = "{" + std::string(view(parameter["name"])) + "}";
            REQUIRE(path.find(braced) != std::string::npos);
            path.erase(path.find(braced), braced.size());
        }
        CHECK(path.find('{') == std::string::npos);
    }
    CHECK(names.contains("post_node_power_on"));
    CHECK(names.contains("obmd_put_node"));
}

TEST_CASE("the real answer of every call is as documented") {
    for (const Route& route : routes()) {
        Front front;
        const Ids ids = furnish(front);
        const OpenApiDocument document = document_of(front);
        const Example example = example_of(route);
        const std::string method(route.method);
        const Response response = whole(front, front.call(method, target_of(route, ids) + example.query, example.body));
        INFO(call_of(route) << " answered " << response.status << " " << response.body);
        CHECK(response.status == example.status);
        CHECK(document.complaint(method, path_of(route), response) == "");
        if (!example.body.empty()) {
            const auto& body = document.operation(method, path_of(route))["requestBody"]["content"]["application/json"]["schema"];
            CHECK(document.complaint(body, parse_json(example.body, 32).value()) == "");
        }
    }
}

TEST_CASE("the real refusals of every call are as documented") {
    for (const Route& route : routes()) {
        Front front;
        const Ids ids = furnish(front);
        const OpenApiDocument document = document_of(front);
        const std::string method(route.method);
        const auto check = [&](Response answered) {
            const Response response = whole(front, std::move(answered));
            INFO(call_of(route) << " answered " << response.status << " " << response.body);
            CHECK(document.complaint(method, path_of(route), response) == "");
        };
        const std::string target = target_of(route, ids);
        check(front.call(method, target, "{"));
        check(front.call(method, target + (target.find('?') == std::string::npos ? "?" : "&") + "wait=x", R"({"unheard": 1})"));
        // Its BMC fails, in every way.
        for (const auto status : {haas::obm::Status::unreachable, haas::obm::Status::timed_out, haas::obm::Status::busy,
                                  haas::obm::Status::state, haas::obm::Status::credentials}) {
            for (const char* request : {"status", "power_on", "power_off", "reset", "power_cycle", "soft_off", "boot", "diagnose"}) {
                machine("n1").mishaps[request].push_back({haas::obm::Failure(status, "no")});
            }
            check(front.call(method, target, example_of(route).body));
        }
        front.who = haas::auth::Principal::token("t1", "n1", {}, haas::auth::Grant::make());
        check(front.call(method, target, example_of(route).body));
        front.who = haas::auth::Principal::token("t2", "n7", {}, haas::auth::Grant::make());
        check(front.call(method, target, example_of(route).body));
        front.who = haas::fail(haas::Errc::unauthenticated, "who are you?");
        check(front.call(method, target, example_of(route).body));
    }
}

TEST_CASE("the obm of a registration is one of the drivers' schemas, told apart by its type") {
    Front front;
    const OpenApiDocument document = document_of(front);
    const auto& obm = document.json()["components"]["schemas"]["Obm"];
    const auto complaint = [&](const std::string& text) { return document.complaint(obm, parse_json(text, 8).value()); };
    CHECK(complaint(R"({"type": ")" + scripted + R"(", "host": "h", "level": 4, "password": "p"})") == "");
    CHECK(complaint(R"({"type": ")" + bare + R"(", "host": "h"})") == "");
    CHECK(complaint(R"({"type": ")" + scripted + R"("})") != "");
    CHECK(complaint(R"({"type": ")" + scripted + R"(", "host": "h", "level": 5})") != "");
    CHECK(complaint(R"({"type": ")" + scripted + R"(", "host": "h", "hots": 5})") != "");
    CHECK(complaint(R"({"type": "http://x", "host": "h"})") != "");
    CHECK(complaint(R"({"host": "h"})") != "");
    CHECK(view(obm["discriminator"]["propertyName"]) == "type");
    const auto& mapping = obm["discriminator"]["mapping"];
    CHECK(view(mapping[scripted.c_str()]) == "#/components/schemas/Obm.test.scripted");
    CHECK(view(mapping[bare.c_str()]) == "#/components/schemas/Obm.test.bare");
    const auto& password = document.json()["components"]["schemas"]["Obm.test.scripted"]["properties"]["password"];
    CHECK(password["writeOnly"].GetBool());
}

TEST_CASE("what a call needs stands behind its security schemes") {
    Front front;
    const OpenApiDocument document = document_of(front);
    const auto needed = [&](const std::string& method, const std::string& path, const char* scheme) {
        std::string all;
        for (const auto& one : document.operation(method, path)["security"].GetArray()) {
            if (one.HasMember(scheme)) all = haas::api::to_json(one[scheme]);
        }
        return all;
    };
    CHECK(needed("POST", "/v0/node/{node}/reset", "bearer") == R"(["power"])");
    CHECK(needed("POST", "/v0/node/{node}/reset", "token") == "");
    CHECK(needed("GET", "/v0/nodes", "basic") == "[]");
    CHECK(needed("GET", "/v0/audit", "basic") == R"(["admin"])");
    CHECK(needed("GET", "/obmd/node/{node}/power_status", "token") == R"(["status"])");
    const auto codes = [&](const std::string& method, const std::string& path) {
        std::set<std::string> all;
        for (const auto& one : document.operation(method, path)["responses"].GetObject()) all.insert(std::string(view(one.name)));
        return all;
    };
    using Codes = std::set<std::string>;
    CHECK(codes("GET", "/v0/node/{node}") == Codes{"200", "304", "400", "401", "404", "503", "default"});
    CHECK(codes("PATCH", "/v0/node/{node}") == Codes{"200", "400", "401", "403", "404", "409", "412", "503", "default"});
    CHECK(codes("POST", "/v0/node/{node}/diagnose") ==
          Codes{"200", "400", "401", "403", "404", "409", "501", "502", "503", "504", "default"});
}

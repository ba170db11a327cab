// What becomes of a node's recording, how its console stands, and who takes it.
#include "core/api/handlers.hpp"

#include <catch2/catch.hpp>

#include "tests/core/api/fake_stream.hpp"
#include "tests/core/api/front.hpp"

using haas::api::Front;
using haas::api::validation;
using haas::auth::Grant;
using haas::auth::Principal;
using haas::node::machine;

namespace {

constexpr const char* no_log = R"(404 {"type":"NotFoundError","msg":"The console log for n1 does not exist.","code":"not_found"})";

// What GET answers, all of it.
std::string log_of(Front& front, const std::string& target = "/node/n1/console") {
    haas::http::Response response = front.call("GET", target);
    if (!response.stream) return std::to_string(response.status) + " " + response.body;
    const auto stream = std::make_shared<haas::api::FakeStream>();
    response.stream(stream);
    front.loop.run_until([&] { return stream->finished; });
    return "200 " + stream->taken;
}

void record(Front& front) {
    REQUIRE(front.said("PUT", "/node/n1/console") == "200 ");
    // The history is opened first, which takes a disk's time.
    REQUIRE(front.loop.run_until([] { return machine("n1").console.has_value(); }));
    front.loop.run();
}

void stored(Front& front) {
    bool stored = false;
    front.loop.run();
    front.history.flush([&] { stored = true; });
    front.loop.advance(std::chrono::seconds(1));
    REQUIRE(front.loop.run_until([&] { return stored; }));
}

}  // namespace

TEST_CASE("HaaS's log begins with PUT, and ends with DELETE") {
    Front front;
    front.put("n1");
    CHECK(front.said("GET", "/node/n1/console") == no_log);
    // Fine where there is none, as in HaaS.
    CHECK(front.said("DELETE", "/node/n1/console") == "200 ");
    record(front);
    CHECK(log_of(front) == "200 ");
    machine("n1").print("caf\xC3\xA9\r\n\xFFlogin: ");
    stored(front);
    CHECK(log_of(front) == "200 caf\r\nlogin: ");
    CHECK(log_of(front, "/v0/node/n1/console") == "200 caf\r\nlogin: ");
    // HaaS's command line sends an empty object; a second PUT goes on.
    CHECK(front.said("PUT", "/node/n1/console", "{}") == "200 ");
    CHECK(log_of(front) == "200 caf\r\nlogin: ");
    CHECK(front.said("DELETE", "/node/n1/console") == "200 ");
    CHECK(front.said("GET", "/node/n1/console") == no_log);
    // It is hidden, not gone; and what is asked for anew begins anew.
    CHECK(log_of(front, "/v0/node/n1/console/log?format=text").find("login: ") != std::string::npos);
    record(front);
    machine("n1").print("again");
    stored(front);
    CHECK(log_of(front) == "200 again");
}

TEST_CASE("a node's own word about recording") {
    Front front;
    front.put("n1");
    CHECK(front.said("PUT", "/v0/node/n1/console", R"({"capture": "sometimes"})") ==
          validation(R"(\"capture\" must be \"off\", \"on demand\", \"always\", or null for what haas.cfg says)"));
    CHECK(front.said("PUT", "/v0/node/n1/console", R"({"conflict": "fight"})") == validation(R"(\"conflict\" must be \"report\", \"wait\" or \"steal\")"));
    CHECK(front.said("PUT", "/v0/node/n1/console", R"({"capture": "off", "conflict": "steal"})") == "200 ");
    CHECK(front.said("GET", "/v0/node/n1/console/state").find(R"("capture":"off","conflict":"steal")") != std::string::npos);
    CHECK(front.audit.records.back().detail == "capture off, conflict steal");
    CHECK(front.said("PUT", "/node/n1/console").starts_with(R"(501 {"type":"NotSupportedError")"));
    CHECK(front.said("GET", "/v0/node/n1/console/state").find(R"("capture":"off")") != std::string::npos);
    CHECK(front.said("PUT", "/v0/node/n1/console", R"({"capture": "always"})") == "200 ");
    REQUIRE(front.loop.run_until([] { return machine("n1").console.has_value(); }));
    // DELETE ends what PUT began, and nothing else.
    CHECK(front.said("DELETE", "/node/n1/console") == "200 ");
    CHECK(machine("n1").console);
    CHECK(front.said("PUT", "/v0/node/n1/console", R"({"capture": null})") == "200 ");
    front.loop.advance(std::chrono::minutes(1));
    CHECK_FALSE(machine("n1").console);
    // Who only reads may begin a log, and not overrule the house.
    front.who = Principal::token("t1", "n1", haas::Rights{haas::Right::console_read}, Grant::make());
    CHECK(front.call("PUT", "/v0/node/n1/console", R"({"capture": "always"})").status == 403);
    CHECK(front.said("PUT", "/v0/node/n1/console") == "200 ");
}

TEST_CASE("somebody else's console is taken once, by who may type") {
    Front front;
    front.put("n1");
    machine("n1").console_owner = "10.0.0.9";
    const auto stream = [&](const std::string& query) { return front.said("GET", "/v0/node/n1/console/stream" + query); };
    CHECK(stream("").starts_with(R"(503 {"type":"BusyError","msg":"10.0.0.9 has the console")"));
    front.who = Principal::token("t1", "n1", haas::Rights{haas::Right::console_read}, Grant::make());
    CHECK(front.call("POST", "/v0/node/n1/console/steal").status == 403);
    CHECK(front.call("GET", "/v0/node/n1/console/stream?conflict=steal").status == 403);
    CHECK(machine("n1").count("open_console") == 1);
    front.who = Principal::anonymous();
    // Who had it a moment ago is remembered.
    CHECK(begin(front, "GET", "/v0/node/n1/console/stream")->response.value().status == 503);
    const auto stolen = begin(front, "POST", "/v0/node/n1/console/steal");
    CHECK(stolen->response.value().status == 200);
    CHECK(stolen->response->body.starts_with(R"({"connected":true)"));
    CHECK(front.audit.records.back().operation == "console_steal");
    CHECK(front.audit.records.back().outcome == "done");
    CHECK(front.audit.records.back().detail.find("10.0.0.9") != std::string::npos);
    CHECK(machine("n1").console_owner.empty());
}

TEST_CASE("consoles of drivers that have none, and of nodes that are not there") {
    Front front;
    REQUIRE(front.said("PUT", "/node/bare", R"({"obm": {"type": ")" + std::string(haas::node::bare_type) + R"(", "host": "b"}})") == "200 ");
    for (const char* call : {"PUT /node/bare/console", "GET /v0/node/bare/console/state", "POST /v0/node/bare/console/steal",
                             "POST /v0/node/bare/console/ticket", "GET /v0/node/bare/console/stream", "GET /v0/node/bare/console/ws",
                             "GET /obmd/node/bare/console"}) {
        const std::string text(call);
        CAPTURE(text);
        CHECK(front.said(text.substr(0, text.find(' ')), text.substr(text.find(' ') + 1)).starts_with(R"(501 {"type":"NotSupportedError")"));
    }
    for (const char* call : {"PUT /node/nobody/console", "GET /node/nobody/console", "DELETE /node/nobody/console",
                             "GET /v0/node/nobody/console/log", "GET /v0/node/nobody/console/stream"}) {
        const std::string text(call);
        CAPTURE(text);
        CHECK(front.said(text.substr(0, text.find(' ')), text.substr(text.find(' ') + 1)).starts_with(R"(404 {"type":"NotFoundError","msg":"Node nobody does not exist.")"));
    }
}

TEST_CASE("a deleted node's console is gone, unless it is to be kept") {
    Front front;
    front.put("n1");
    record(front);
    machine("n1").print("secret");
    stored(front);
    CHECK(front.said("DELETE", "/v0/node/n1?keep_console=perhaps") == validation("keep_console must be 1 or true, 0 or false"));
    SECTION("gone") {
        CHECK(front.said("DELETE", "/node/n1") == "200 ");
        front.put("n1");
        CHECK(log_of(front, "/v0/node/n1/console/log") == "200 ");
    }
    SECTION("kept") {
        CHECK(front.said("DELETE", "/node/n1?keep_console=1") == "200 ");
        front.put("n1");
        CHECK(log_of(front, "/v0/node/n1/console/log") == "200 secret");
    }
    CHECK(front.said("GET", "/node/n1/console") == no_log);
}

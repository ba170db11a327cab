#include "core/api/console_attach.hpp"

#include <catch2/catch.hpp>

#include "tests/core/api/fake_stream.hpp"

using namespace haas::api;
using haas::node::machine;
namespace obm = haas::obm;

namespace {

std::shared_ptr<Asked> attach(Front& front, const std::string& query) {
    return begin(front, "GET", "/v0/node/n1/console/stream" + query);
}

}  // namespace

TEST_CASE("who attaches learns at once that the console cannot be had") {
    Front front;
    front.put("n1");
    machine("n1").mishaps["open_console"].push_back({obm::Failure(obm::Status::unreachable, "no answer from the BMC"), false});
    const auto refused = attach(front, "");
    CHECK(refused->response->status == 502);
    CHECK(refused->response->body == R"({"type":"OBMError","msg":"no answer from the BMC","code":"unreachable","node":"n1","operation":"console"})");
    // Nobody waits for it: it is not tried again.
    front.loop.advance(std::chrono::minutes(1));
    CHECK(machine("n1").count("open_console") == 1);
}

TEST_CASE("who waits is let in, and sees it when it comes") {
    Front front;
    front.put("n1");
    machine("n1").console_owner = "10.0.0.9";
    const auto waiting = attach(front, "?conflict=wait");
    CHECK(waiting->response->status == 200);
    front.loop.advance(std::chrono::seconds(5));
    CHECK(machine("n1").count("open_console") > 1);
    machine("n1").console_owner.clear();
    front.loop.advance(std::chrono::seconds(61));
    machine("n1").print("hello");
    front.loop.run();
    CHECK(waiting->stream->taken == "hello");
}

TEST_CASE("who steals has it, and that stands in the audit trail") {
    Front front;
    front.put("n1");
    machine("n1").console_owner = "10.0.0.9";
    CHECK(attach(front, "")->response->status == 503);
    const auto thief = attach(front, "?conflict=steal");
    CHECK(thief->response->status == 200);
    REQUIRE(front.audit.records.size() >= 2);
    const auto& steal = front.audit.records[front.audit.records.size() - 2];
    CHECK(steal.operation == "console_steal");
    CHECK(steal.detail == "it was with: 10.0.0.9 has the console");
    CHECK(front.audit.records.back().operation == "console_attach");
}

TEST_CASE("the rule of the node holds for who does not say, as far as he may") {
    Front front;
    front.put("n1");
    machine("n1").console_owner = "10.0.0.9";
    REQUIRE(front.said("PUT", "/v0/node/n1/console", R"({"conflict": "steal"})") == "200 ");
    front.who = haas::auth::Principal::token("t1", "n1", {haas::Right::console_read}, haas::auth::Grant::make());
    CHECK(attach(front, "")->response->status == 503);
    front.who = haas::auth::Principal::anonymous();
    CHECK(attach(front, "?conflict=report")->response->status == 503);
    CHECK(machine("n1").console_owner == "10.0.0.9");
    CHECK(attach(front, "")->response->status == 200);
    CHECK(machine("n1").console_owner.empty());
}

TEST_CASE("with dry_run nobody's console is taken") {
    Front front({.dry_run = true});
    front.put("n1");
    machine("n1").console_owner = "10.0.0.9";
    CHECK(attach(front, "?conflict=steal")->response->status == 503);
    CHECK(machine("n1").console_owner == "10.0.0.9");
    CHECK(front.said("POST", "/v0/node/n1/console/steal").starts_with("200 "));
    CHECK(machine("n1").console_owner == "10.0.0.9");
}

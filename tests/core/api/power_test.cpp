// The calls that do something with a node, and what they answer when its driver fails.
#include "core/api/handlers.hpp"

#include <catch2/catch.hpp>

#include "tests/core/api/front.hpp"

using haas::api::Front;
using haas::api::validation;
using haas::http::Response;
using haas::node::machine;
using haas::obm::Failure;
using haas::obm::Status;
using Asked = std::vector<std::string>;

TEST_CASE("the power calls reach the driver") {
    Front front;
    front.put("n1");
    CHECK(front.said("GET", "/node/n1/power_status") == R"(200 {"power_status":"off"})");
    CHECK(front.said("POST", "/node/n1/power_on") == "200 ");
    CHECK(front.said("GET", "/v0/node/n1/power_status") == R"(200 {"power_status":"on"})");
    CHECK(front.said("POST", "/node/n1/reset", "{}") == "200 ");
    CHECK(front.said("POST", "/node/n1/power_cycle") == "200 ");
    CHECK(front.said("POST", "/v0/node/n1/power_cycle", R"({"force": true})") == "200 ");
    CHECK(front.said("POST", "/node/n1/soft_off") == "200 ");
    CHECK(front.said("POST", "/node/n1/power_off") == "200 ");
    CHECK(machine("n1").asked == Asked{"status", "status", "power_on", "status", "status", "reset", "boot pxe once", "status",
                                       "power_cycle", "boot pxe once", "status", "reset", "status", "soft_off", "status"});
    machine("n1").power = haas::obm::Power::unknown;
    CHECK(front.said("GET", "/node/n1/power_status") == R"(200 {"power_status":"unknown"})");
}

TEST_CASE("the boot device is persistent unless asked otherwise, and an unknown one is refused as HIL does") {
    Front front;
    front.put("n1");
    CHECK(front.said("PUT", "/node/n1/boot_device", R"({"bootdev": "pxe"})") == "200 ");
    CHECK(front.said("GET", "/node/n1/boot_device") == R"(200 {"bootdev":"pxe","persistent":true})");
    CHECK(front.said("PUT", "/node/n1/boot_device", R"({"bootdev": "disk", "persistent": false})") == "200 ");
    CHECK(front.said("GET", "/node/n1/boot_device") == R"(200 {"bootdev":"disk","persistent":false})");
    CHECK(front.said("PUT", "/node/n1/boot_device", R"({"bootdev": "floppy"})") ==
          R"(400 {"type":"BadArgumentError","msg":"Invald boot device 'floppy'; this node takes: none, pxe, disk",)"
          R"("code":"bad_argument","node":"n1"})");
    CHECK(front.said("PUT", "/node/n1/boot_device", R"({"bootdev": 1})") == validation("\\\"bootdev\\\" must be a string"));
}

TEST_CASE("a driver without a capability is 501 with a sentence") {
    Front front;
    const std::string body = R"({"obm": {"type": ")" + std::string(haas::node::bare_type) + R"(", "host": "b"}})";
    REQUIRE(front.said("PUT", "/node/b", body) == "200 ");
    for (const char* call : {"/node/b/power_cycle", "/node/b/soft_off"}) {
        const Response response = front.call("POST", call);
        CHECK(response.status == 501);
        CHECK(response.body.find("NotSupportedError") != std::string::npos);
        CHECK(response.body.find("test.bare") != std::string::npos);
    }
    CHECK(front.call("PUT", "/node/b/boot_device", R"({"bootdev": "pxe"})").status == 501);
    CHECK(front.call("GET", "/node/b/boot_device").status == 501);
    CHECK(front.said("POST", "/node/b/power_on") == "200 ");
}

TEST_CASE("a BMC's failure keeps its reason up to the body") {
    Front front;
    front.put("n1");
    machine("n1").mishaps["status"].push_back({Failure(Status::credentials, "n1: the BMC refused the password")});
    CHECK(front.said("POST", "/node/n1/power_on") ==
          R"(502 {"type":"OBMError","msg":"n1: the BMC refused the password","code":"credentials","node":"n1",)"
          R"("operation":"power_on"})");
    REQUIRE(front.said("POST", "/v0/node/n1/retry") == "200 ");
    machine("n1").power = haas::obm::Power::on;
    machine("n1").mishaps["reset"].push_back({Failure(Status::timed_out, "no answer")});
    CHECK(front.said("POST", "/node/n1/reset") ==
          R"(504 {"type":"OBMError","msg":"no answer","code":"timeout","node":"n1","operation":"reset","outcome":"unknown"})");
}

TEST_CASE("dry run is said in every answer to a change") {
    Front front({.dry_run = true});
    front.put("n1");
    const auto says = [](const Response& response) {
        return std::any_of(response.headers.begin(), response.headers.end(),
                           [](const auto& one) { return one.name == "X-Haas-Dry-Run" && one.value == "1"; });
    };
    const Response on = front.call("POST", "/node/n1/power_on");
    CHECK(on.status == 200);
    CHECK(says(on));
    CHECK(says(front.call("PUT", "/node/n1/boot_device", R"({"bootdev": "pxe"})")));
    CHECK_FALSE(says(front.call("GET", "/node/n1/power_status")));
    CHECK(machine("n1").asked == Asked{"status", "status"});
}

TEST_CASE("with ?wait the answer says what was reached") {
    Front front;
    front.put("n1");
    CHECK(front.said("POST", "/node/n1/power_on?wait=10") == R"(200 {"power_status":"on","outcome":"reached","sent":"power_on"})");
    CHECK(front.said("POST", "/node/n1/power_on?wait=10") == R"(200 {"power_status":"on","outcome":"reached","sent":null})");
    CHECK(front.said("POST", "/node/n1/reset?wait=10") == R"(200 {"power_status":"on","outcome":"unverifiable","sent":"reset"})");
    CHECK(front.said("POST", "/node/n1/soft_off", R"({"force_after": 5})") ==
          R"(200 {"power_status":"off","outcome":"reached","sent":"soft_off"})");
    machine("n1").obeys = false;
    CHECK(front.said("POST", "/v0/node/n1/power_on?wait=2") == R"(200 {"power_status":"off","outcome":"accepted","sent":"power_on"})");
    CHECK(front.said("POST", "/node/n1/power_on?wait=0") == "200 ");
    for (const char* wait : {"", "x", "-1", "3601", "1.5", "5%"}) {
        CHECK(front.said("POST", std::string("/node/n1/power_on?wait=") + wait)== validation("wait must be a whole number, 0 to 3600"));
    }
    for (const char* body : {R"({"force_after": 0})", R"({"force_after": 1.5})", R"({"force_after": 3601})"}) {
        CHECK(front.said("POST", "/node/n1/soft_off", body) == validation("\\\"force_after\\\" must be a whole number of seconds, 1 to 3600"));
    }
}

TEST_CASE("always sends what the state says is done") {
    Front front;
    front.put("n1");
    CHECK(front.said("POST", "/node/n1/power_off", R"({"always": true})") == "200 ");
    CHECK(machine("n1").asked == Asked{"status", "power_off"});
    CHECK(front.said("POST", "/node/n1/power_off", R"({"always": 1})") == validation("\\\"always\\\" must be true or false"));
}

TEST_CASE("refused credentials are answered without asking again, until a retry") {
    Front front;
    front.put("n1");
    machine("n1").mishaps["status"].push_back({Failure(Status::credentials, "n1: the BMC refused the password")});
    CHECK(front.call("POST", "/node/n1/power_on").status == 502);
    const auto again = front.call("POST", "/node/n1/power_on");
    CHECK(again.status == 502);
    CHECK(again.body.find(R"("code":"credentials")") != std::string::npos);
    CHECK(again.body.find("retry") != std::string::npos);
    CHECK(machine("n1").asked == Asked{"status"});
    CHECK(front.call("GET", "/node/n1").body.find("\"trouble\":\"n1: the BMC refused the password.") != std::string::npos);
    CHECK(front.said("POST", "/v0/node/n1/retry") == "200 ");
    CHECK(front.said("POST", "/node/n1/power_on") == "200 ");
    CHECK(front.call("POST", "/node/n1/retry").status == 404);
    CHECK(front.call("POST", "/v0/node/n2/retry").status == 404);
}

TEST_CASE("what still waits when its credential ends is not sent") {
    Front front;
    front.put("n1");
    std::vector<unsigned> statuses;
    const auto send = [&](const char* method, const char* target, const char* body) {
        front.api.handle({.method = method, .target = target, .headers = {}, .body = body, .peer = {}},
                         [&](Response response) { statuses.push_back(response.status); });
    };
    send("POST", "/node/n1/power_on", "");
    const auto grant = haas::auth::Grant::make();
    front.who = haas::auth::Principal::user("mallory", *haas::auth::Role::named("operator"), nullptr, grant);
    send("POST", "/node/n1/reset", "");
    send("PUT", "/node/n1/boot_device", R"({"bootdev": "pxe"})");
    grant->end();
    CHECK(statuses == std::vector<unsigned>{503, 503});
    front.loop.advance(std::chrono::minutes(1));
    CHECK(statuses == std::vector<unsigned>{503, 503, 200});
    CHECK(machine("n1").asked == Asked{"status", "power_on"});
    // Who has been answered holds nothing any more.
    front.who = haas::auth::Principal::user("eve", *haas::auth::Role::named("operator"), nullptr, haas::auth::Grant::make());
    CHECK(front.said("POST", "/node/n1/reset") == "200 ");
}

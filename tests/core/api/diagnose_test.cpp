// A diagnosis as a client reads it.
#include "core/api/handlers.hpp"

#include <catch2/catch.hpp>

#include "tests/core/api/front.hpp"

using haas::api::Front;
using haas::node::machine;
using haas::obm::Diagnosis;

TEST_CASE("the steps come in their order, each with what was found") {
    Front front;
    front.put("n1");
    Diagnosis& diagnosis = machine("n1").diagnosis;
    diagnosis.ok(Diagnosis::Step::resolve, "n1 is 192.0.2.7", std::chrono::milliseconds(3));
    diagnosis.failed(Diagnosis::Step::reach, "no answer from 192.0.2.7:623", "see whether the BMC is cabled");
    CHECK(front.said("POST", "/v0/node/n1/diagnose") ==
          R"(200 {"steps":[{"name":"resolve","result":"ok","found":"n1 is 192.0.2.7","fix":"","ms":3},)"
          R"({"name":"reach","result":"failed","found":"no answer from 192.0.2.7:623","fix":"see whether the BMC is cabled","ms":0},)"
          R"({"name":"negotiate","result":"skipped","found":"not tried","fix":"","ms":0},)"
          R"({"name":"authenticate","result":"skipped","found":"not tried","fix":"","ms":0},)"
          R"({"name":"chassis","result":"skipped","found":"not tried","fix":"","ms":0},)"
          R"({"name":"boot","result":"skipped","found":"not tried","fix":"","ms":0},)"
          R"({"name":"sol","result":"skipped","found":"not tried","fix":"","ms":0}],"ok":false})");
    CHECK(machine("n1").count("diagnose") == 1);
}

TEST_CASE("a diagnosis without a failure is ok") {
    Front front;
    front.put("n1");
    for (std::size_t step = 0; step < Diagnosis::names.size(); ++step) {
        machine("n1").diagnosis.ok(static_cast<Diagnosis::Step>(step), "good");
    }
    machine("n1").diagnosis.skipped(Diagnosis::Step::sol, "this BMC has no SOL");
    CHECK(front.said("POST", "/v0/node/n1/diagnose").ends_with(R"("ok":true})"));
}

TEST_CASE("refused credentials are said, and the next diagnosis sends nothing") {
    Front front;
    front.put("n1");
    machine("n1").diagnosis.failed(Diagnosis::Step::authenticate, "the BMC refused the password", "set another one");
    machine("n1").diagnosis.credentials_refused = true;
    CHECK(front.said("POST", "/v0/node/n1/diagnose").ends_with(R"("ok":false,"credentials_refused":true})"));
    CHECK(front.call("POST", "/v0/node/n1/diagnose").status == 200);
    CHECK(machine("n1").count("diagnose") == 1);
    CHECK(front.call("POST", "/node/n1/power_on").status == 502);
}

TEST_CASE("so is a refused privilege level") {
    Front front;
    front.put("n1");
    machine("n1").diagnosis.failed(Diagnosis::Step::authenticate, "the account has a lower level", "give it a higher one");
    machine("n1").diagnosis.privilege_refused = true;
    CHECK(front.said("POST", "/v0/node/n1/diagnose").ends_with(R"("ok":false,"privilege_refused":true})"));
    CHECK(front.call("POST", "/v0/node/n1/diagnose").status == 200);
    CHECK(machine("n1").count("diagnose") == 1);
    CHECK_THAT(front.said("POST", "/node/n1/power_on"), Catch::Contains(R"("code":"privilege")"));
}

TEST_CASE("who may not, what is not there, and drivers that cannot") {
    Front front;
    front.put("n1");
    CHECK(front.call("POST", "/v0/node/nobody/diagnose").status == 404);
    CHECK(front.call("POST", "/node/n1/diagnose").status == 404);
    CHECK(front.call("POST", "/v0/node/n1/diagnose", R"({"deep": true})").status == 400);
    REQUIRE(front.call("PUT", "/node/n2", R"({"obm": {"type": ")" + std::string(haas::node::bare_type) + R"(", "host": "n2"}})").status == 200);
    CHECK(front.said("POST", "/v0/node/n2/diagnose").starts_with(R"(501 {"type":"NotSupportedError",)"));
    front.who = haas::auth::Principal::token("t1", "n1", haas::Rights{haas::Right::power}, haas::auth::Grant::make());
    CHECK(front.call("POST", "/v0/node/n1/diagnose").status == 403);
    CHECK(front.call("POST", "/v0/node/n2/diagnose").status == 404);
    CHECK(machine("n1").asked.empty());
}

#include "core/api/console_state.hpp"

#include <catch2/catch.hpp>

#include "tests/core/api/fake_stream.hpp"

using haas::api::begin;
using haas::api::console_state_json;
using haas::api::Front;
using haas::node::machine;

TEST_CASE("a console that nobody wants") {
    Front front;
    front.put("n1");
    CHECK(console_state_json(front.services, "n1") ==
          R"({"connected":false,"why":"nobody looks at it, and it is not recorded","since":null,"owner":null,"writer":null,)"
          R"("viewers":[],"recorded":false,"capture":"on demand","conflict":"report","log":false,"gaps":0,"lost":0,"last_error":null})");
}

TEST_CASE("a console that is recorded and looked at, and loses something") {
    Front front;
    front.put("n1");
    REQUIRE(front.said("PUT", "/node/n1/console") == "200 ");
    REQUIRE(front.loop.run_until([] { return machine("n1").console.has_value(); }));
    const auto viewer = begin(front, "GET", "/v0/node/n1/console/stream?tail_bytes=0");
    machine("n1").console->gap(17);
    machine("n1").console->gap();
    front.loop.run();
    const std::string state = console_state_json(front.services, "n1");
    CHECK(state.starts_with(R"({"connected":true,"why":null,"since":"20)"));
    CHECK(state.ends_with(R"(Z","owner":null,"writer":null,"viewers":["anonymous"],"recorded":true,"capture":"on demand","conflict":"report","log":true,)"
                          R"("gaps":2,"lost":17,"last_error":null})"));
    machine("n1").console->state(haas::obm::ConsoleState::stolen, "root at 10.0.0.7");
    front.loop.run();
    const std::string stolen = console_state_json(front.services, "n1");
    CHECK(stolen.starts_with(R"({"connected":false,"why":"root at 10.0.0.7","since":"20)"));
    CHECK(stolen.find(R"("owner":"root at 10.0.0.7")") != std::string::npos);
    CHECK(stolen.ends_with(R"("last_error":"root at 10.0.0.7"})"));
}

// Which drivers are loaded.
#include "core/api/handlers.hpp"

#include <catch2/catch.hpp>

#include "tests/core/api/front.hpp"

using haas::api::Front;
using haas::api::scripted;
using haas::http::Response;

TEST_CASE("drivers tell what they are") {
    Front front;
    const Response response = front.call("GET", "/v0/drivers");
    CHECK(response.status == 200);
    CHECK(response.body.starts_with(R"([{"extension":"test.scripted","type":")" + scripted +
                                    R"(","name":"scripted","version":"1.0","capabilities":["haas.obm.boot_device/1",)"
                                    R"("haas.obm.console/1","haas.obm.cycle/1","haas.obm.diagnose/1","haas.obm.soft_off/1"],"boot_devices":["none","pxe","disk"],"schema":{)"));
    CHECK(haas::api::parse_json(response.body, 32));
    CHECK(front.call("GET", "/drivers").status == 404);
}

#include "plugins/ipmi/wire/status.hpp"

#include <catch2/catch.hpp>

using namespace haas::ipmi;

TEST_CASE("statuses have the specification's words") {
    // Table 13-15.
    CHECK(describe(Status::unauthorized_name) == "unauthorized name");
    CHECK(describe(static_cast<Status>(0x11)) == "no cipher suite match");
    CHECK(describe(static_cast<Status>(0x0f)) == "invalid integrity check value");
    CHECK(describe(static_cast<Status>(0xc7)) == "a status outside the specification");
}

#include "tools/bmcsim/fleet.hpp"

#include <catch2/catch.hpp>

using namespace haas::bmcsim;

TEST_CASE("addresses count up past .0 and .255") {
    const AddressPlan plan(parse_address("127.1.0.1"), 10000);
    CHECK(dotted(plan.address(1)) == "127.1.0.1");
    CHECK(dotted(plan.address(254)) == "127.1.0.254");
    CHECK(dotted(plan.address(255)) == "127.1.1.1");
    CHECK(dotted(plan.address(10000)) == "127.1.39.94");
    for (std::uint32_t number = 1; number <= 10000; ++number) {
        REQUIRE(plan.number(plan.address(number)) == number);
    }
    for (const char* other : {"127.1.0.0", "127.1.0.255", "127.1.1.0", "127.1.39.95", "127.0.255.254", "127.0.0.1"}) {
        CHECK_FALSE(plan.number(parse_address(other)).has_value());
    }
}

TEST_CASE("a base in the middle of a block") {
    const AddressPlan plan(parse_address("127.200.3.250"), 10);
    CHECK(dotted(plan.address(5)) == "127.200.3.254");
    CHECK(dotted(plan.address(6)) == "127.200.4.1");
    CHECK(plan.number(parse_address("127.200.4.5")) == 10);
    CHECK_FALSE(plan.number(parse_address("127.200.3.249")).has_value());
}

TEST_CASE("nothing outside loopback is an address of a BMC") {
    const auto wrong = GENERATE("10.0.0.1", "128.0.0.1", "126.255.255.254", "127.1.0.0", "127.1.0.255");
    CHECK_THROWS_AS(AddressPlan(parse_address(wrong), 1), std::invalid_argument);
    CHECK_THROWS_AS(AddressPlan(parse_address("127.255.255.250"), 10), std::invalid_argument);
    CHECK_THROWS_AS(AddressPlan(parse_address("127.1.0.1"), 0), std::invalid_argument);
    CHECK_THROWS_AS(AddressPlan(parse_address("127.1.0.1"), 0xFFFFFFFF), std::invalid_argument);
    CHECK_THROWS_AS(parse_address("127.1"), std::invalid_argument);
}

TEST_CASE("rules change the BMCs that they name, later ones win") {
    Fleet fleet(AddressPlan(parse_address("127.1.0.1"), 100), 6230, Profile{}, 1, Clock::now());
    Bmc& touched = fleet.bmc(7);
    fleet.apply(parse_rule("5-10: dead latency=5"));
    fleet.apply(parse_rule("7: dead=no"));
    CHECK_FALSE(fleet.profile(4).dead);
    CHECK(fleet.profile(5).dead);
    CHECK(fleet.profile(10).dead);
    CHECK_FALSE(fleet.profile(11).dead);
    CHECK_FALSE(fleet.profile(7).dead);
    CHECK(fleet.profile(7).latency == milliseconds(5));
    CHECK(&touched.profile() == &fleet.profile(7));
    CHECK(&fleet.profile(5) == &fleet.profile(6));
    CHECK_THROWS_AS(fleet.apply(parse_rule("101: dead")), std::invalid_argument);
}

TEST_CASE("a share is drawn by the seed") {
    const auto dead = [](std::uint64_t seed) {
        Fleet fleet(AddressPlan(parse_address("127.1.0.1"), 1000), 6230, Profile{}, seed, Clock::now());
        fleet.apply(parse_rule("10%: dead"));
        std::vector<std::uint32_t> numbers;
        for (std::uint32_t number = 1; number <= 1000; ++number) {
            if (fleet.profile(number).dead) {
                numbers.push_back(number);
            }
        }
        return numbers;
    };
    CHECK(dead(1).size() == 100);
    CHECK(dead(1) == dead(1));
    CHECK(dead(1) != dead(2));
}

TEST_CASE("BMCs have GUIDs of their own") {
    Fleet fleet(AddressPlan(parse_address("127.1.0.1"), 100), 6230, Profile{}, 1, Clock::now());
    CHECK(fleet.bmc(1).guid() != fleet.bmc(2).guid());
    CHECK(fleet.touched(3) == nullptr);
}

#include "core/base/rights.hpp"

#include <catch2/catch.hpp>

using haas::Errc;
using haas::Right;
using haas::Rights;
using Catch::Matchers::Contains;

TEST_CASE("each right has the name that tokens and users are given it by") {
    CHECK(haas::name(Right::status) == "status");
    CHECK(haas::name(Right::power) == "power");
    CHECK(haas::name(Right::boot) == "boot");
    CHECK(haas::name(Right::console_read) == "console-read");
    CHECK(haas::name(Right::console_write) == "console-write");
    CHECK(haas::right_named("console-write") == Right::console_write);
    for (const char* none : {"", "Status", "status ", "console", "console_read", "all"}) CHECK_FALSE(haas::right_named(none));
}

TEST_CASE("a set of rights has what was added and nothing else") {
    Rights rights;
    CHECK(rights.empty());
    rights.add(Right::boot);
    rights.add(Right::boot);
    CHECK(rights.has(Right::boot));
    CHECK_FALSE(rights.has(Right::status));
    CHECK_FALSE(rights.has(Right::console_write));
    CHECK(rights == Rights{Right::boot});
    CHECK(rights.bits() == 4);
    CHECK(Rights::all().bits() == 31);
    CHECK(Rights{Right::console_write, Right::status}.names() == std::vector<std::string_view>{"status", "console-write"});
}

TEST_CASE("a list of rights is read with commas and blanks between them") {
    CHECK(Rights::parse("status") == Rights{Right::status});
    CHECK(Rights::parse(" power, status\tpower,") == Rights{Right::status, Right::power});
    CHECK(Rights::parse("status,power,boot,console-read,console-write") == Rights::all());
    for (const char* wrong : {"status;power", "reset", "Power", "status,power,x", "status\nx"}) {
        INFO(wrong);
        const auto rights = Rights::parse(wrong);
        REQUIRE_FALSE(rights);
        CHECK(rights.error().code == Errc::invalid);
        CHECK_THAT(rights.error().message, Contains("status, power, boot, console-read, console-write"));
    }
    CHECK_THAT(Rights::parse(" , ").error().message, Contains("no right"));
}

TEST_CASE("the bits on a disk are the set again, unless one stands for nothing") {
    for (std::int64_t bits = 0; bits < 32; ++bits) {
        REQUIRE(Rights::from_bits(bits));
        CHECK(Rights::from_bits(bits)->bits() == bits);
    }
    for (const std::int64_t bits : {std::int64_t{32}, std::int64_t{33}, std::int64_t{-1}, std::int64_t{256}}) {
        CHECK_FALSE(Rights::from_bits(bits));
    }
}

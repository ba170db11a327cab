#include "tools/bmcsim/settings.hpp"

#include <catch2/catch.hpp>

using namespace haas::bmcsim;
using Catch::Matchers::Contains;

namespace {

Profile with(std::string_view name, std::string_view value) {
    Profile profile;
    apply_setting(profile, name, value);
    return profile;
}

}  // namespace

TEST_CASE("times have a unit of their own, or say theirs") {
    CHECK(with("latency", "5").latency == milliseconds(5));
    CHECK(with("latency", "1.5s").latency == milliseconds(1500));
    CHECK(with("latency", "0.25ms").latency == std::chrono::microseconds(250));
    CHECK(with("on-delay", "2").on_delay == seconds(2));
    CHECK(with("on-delay", "200ms").on_delay == milliseconds(200));
    const auto wrong = GENERATE("", "x", "5m", "-1", "nan", "inf", "1e99", "5 ms");
    CHECK_THROWS_AS(with("latency", wrong), std::invalid_argument);
}

TEST_CASE("shares are numbers or percent, from 0 to 1") {
    CHECK(with("loss", "0.25").in.loss == 0.25);
    CHECK(with("loss", "25%").out.loss == 0.25);
    CHECK(with("loss-in", "1").out.loss == 0);
    CHECK(with("reorder", "50%").in.reorder == 0.5);
    CHECK(with("duplicate-out", "50%").out.duplicate == 0.5);
    CHECK(with("duplicate-out", "50%").in.duplicate == 0);
    const auto wrong = GENERATE("1.01", "101%", "%", "-0.1", "a lot");
    CHECK_THROWS_AS(with("loss", wrong), std::invalid_argument);
}

TEST_CASE("users are added, changed and removed") {
    Profile profile;
    apply_setting(profile, "user", "root:a:b:operator");
    REQUIRE(profile.users.size() == 4);
    CHECK(profile.users[3].name == "root");
    CHECK(profile.users[3].password == "a:b");
    CHECK(profile.users[3].limit == Privilege::operator_level);
    apply_setting(profile, "user", "admin:other:admin");
    CHECK(profile.users.size() == 4);
    CHECK(profile.users.back().password == "other");
    apply_setting(profile, "user", "::user");
    CHECK(profile.users.back().name.empty());
    apply_setting(profile, "remove-user", "oper");
    CHECK(profile.users.size() == 4);
    CHECK_THROWS_AS(apply_setting(profile, "remove-user", "oper"), std::invalid_argument);
    const auto wrong = GENERATE("a:b", "a:b:king", "12345678901234567:b:user", "a:123456789012345678901:user");
    CHECK_THROWS_AS(apply_setting(profile, "user", wrong), std::invalid_argument);
}

TEST_CASE("a Kg is text or hex, at most 20 bytes") {
    CHECK(with("kg", "secret").kg == "secret");
    CHECK(with("kg", "0x00ff").kg == std::string("\0\xff", 2));
    const auto wrong = GENERATE("0x0", "0xgg", "123456789012345678901", "0x001122334455667788990011223344556677889900");
    CHECK_THROWS_AS(with("kg", wrong), std::invalid_argument);
}

TEST_CASE("suites, and how others are refused") {
    CHECK(with("suites", "17").suites == std::vector<std::uint8_t>{17});
    CHECK(accepted_suite(with("suites", "17"), 3) == nullptr);
    CHECK(accepted_suite(with("suites", "17"), 17)->integrity == Integrity::hmac_sha256_128);
    CHECK_THROWS_WITH(with("suites", "3,8"), Contains("8"));
    CHECK(with("refuse-suite", "0a").refuse_suite == 0x0A);
    CHECK_FALSE(with("refuse-suite", "silence").refuse_suite.has_value());
    CHECK_THROWS_AS(with("refuse-suite", "100"), std::invalid_argument);
}

TEST_CASE("every quirk has one name, and every setting") {
    for (const QuirkName& quirk : quirk_names()) {
        CHECK(with("quirk", quirk.name).quirks.count() == 1);
        CHECK(with("quirk", quirk.name).has(quirk.quirk));
        CHECK_FALSE(quirk.text.empty());
    }
    Profile profile = with("quirk", "icts");
    apply_setting(profile, "no-quirk", "icts");
    CHECK(profile.quirks.none());
    CHECK_THROWS_WITH(with("quirk", "no-such"), Contains("no-such"));
    CHECK_THROWS_WITH(with("colour", "red"), Contains("colour"));
    CHECK_THROWS_WITH(with("latency", ""), Contains("needs a value"));
}

TEST_CASE("a rule: where, and what") {
    const Rule rule = parse_rule(" 1, 5-7 :  dead   latency=5ms quirk=icts ");
    REQUIRE(rule.ranges.size() == 2);
    CHECK(rule.ranges[1].first == 5);
    CHECK(rule.ranges[1].last == 7);
    REQUIRE(rule.settings.size() == 3);
    CHECK(rule.settings[1] == std::pair<std::string, std::string>("latency", "5ms"));
    CHECK(parse_rule("10%: dead").share == 0.1);
    CHECK(parse_rule("all: loss=1%").ranges.empty());
    CHECK(parse_rule("all: loss=1%").share == 1);
    // A password may hold a colon and an equals sign.
    CHECK(parse_rule("3: user=a:b=c:user").settings[0].second == "a:b=c:user");
}

TEST_CASE("a rule that is none is refused with its reason") {
    const auto wrong = GENERATE("dead", ": dead", "0: dead", "5-3: dead", "1,: dead", "x: dead", "200%: dead",
                                "1: fast", "1: latency", "1: latency=x", "-3: dead");
    CHECK_THROWS_AS(parse_rule(wrong), std::invalid_argument);
}

// The words for outcomes, and the members that several power calls take.
#include "core/api/power_words.hpp"

#include <catch2/catch.hpp>

using namespace haas;
using namespace haas::api;
using driver::Verb;
using node::PowerOutcome;
using node::Verdict;

TEST_CASE("an outcome is told as far as it is known") {
    CHECK(outcome_word({.sent = Verb::reset}, false) == "accepted");
    CHECK(outcome_word({.sent = std::nullopt}, false) == "already");
    CHECK(outcome_word({.sent = Verb::reset}, true) == "dry_run");
    CHECK(outcome_word({.sent = std::nullopt, .verdict = Verdict::reached}, false) == "reached");
    CHECK(outcome_word({.sent = Verb::reset, .verdict = Verdict::unverifiable}, false) == "unverifiable");
}

TEST_CASE("a task has reached its goal only where that was seen") {
    CHECK(task_state(PowerOutcome{.sent = std::nullopt}) == "reached");
    CHECK(task_state(PowerOutcome{.sent = Verb::power_on, .verdict = Verdict::reached}) == "reached");
    CHECK(task_state(PowerOutcome{.sent = Verb::power_on, .verdict = Verdict::accepted}) == "unverifiable");
    CHECK(task_state(PowerOutcome{.sent = Verb::power_on}) == "unverifiable");
    CHECK(task_state(fail(Errc::unreachable, "gone")) == "failed");
}

TEST_CASE("force_after is whole seconds up to an hour") {
    const auto read = [](const char* text) { return read_force_after(parse_json(text, 4).value()); };
    CHECK(read("{}").value() == std::nullopt);
    CHECK(read(R"({"force_after": 1})").value() == std::chrono::seconds(1));
    CHECK(read(R"({"force_after": 3600})").value() == std::chrono::seconds(3600));
    for (const char* bad : {"0", "-1", "3601", "1.5", "18446744073709551615"}) {
        CHECK_FALSE(read((R"({"force_after": )" + std::string(bad) + "}").c_str()));
    }
    CHECK(is_true(parse_json(R"({"always": true})", 4).value(), "always"));
    CHECK_FALSE(is_true(parse_json(R"({"always": false})", 4).value(), "always"));
    CHECK_FALSE(is_true(parse_json("{}", 4).value(), "always"));
}

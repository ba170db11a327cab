#include "plugins/mock/script.hpp"

#include <catch2/catch.hpp>

#include "haas/obm/testing/fake_host.hpp"

using namespace haas::mock;
using namespace std::chrono_literals;
namespace obm = haas::obm;

namespace {

Script parsed(obm::testing::NamedValues fields) {
    fields.push_back({"host", std::string("bmc7")});
    const std::vector<haas_obm_field> borrowed = obm::testing::borrow(fields);
    return parse(obm::Fields(borrowed.data(), borrowed.size()));
}

std::string refusal(const obm::testing::NamedValues& fields) {
    try {
        parsed(fields);
    } catch (const obm::Failure& failure) {
        CHECK(failure.status() == obm::Status::invalid);
        return failure.what();
    }
    return "not refused";
}

}  // namespace

TEST_CASE("a node that says nothing is a machine that is off and obeys at once") {
    const Script script = parsed({});
    CHECK_FALSE(script.on);
    CHECK(script.latency == 0s);
    CHECK(script.slow == 0s);
    CHECK_FALSE(script.has_trouble());
}

TEST_CASE("each field is heard") {
    const Script script = parsed({{"power", std::string("on")},
                                  {"latency_ms", std::int64_t{5}},
                                  {"slow_ms", std::int64_t{6}},
                                  {"cycle_off_ms", std::int64_t{7}},
                                  {"fail", std::string("unreachable")},
                                  {"fail_verb", std::string("reset")},
                                  {"fail_count", std::int64_t{2}},
                                  {"effect", std::string("unknown")},
                                  {"final", true},
                                  {"apply", true},
                                  {"lose_completion", true},
                                  {"ignore", true}});
    CHECK(script.on);
    CHECK(script.latency == 5ms);
    CHECK(script.slow == 6ms);
    CHECK(script.cycle_off == 7ms);
    CHECK(script.fail == obm::Status::unreachable);
    CHECK(script.trouble_with == "reset");
    CHECK(script.trouble_count == 2);
    CHECK(script.effect == obm::Effect::unknown);
    CHECK(script.final == obm::Final::yes);
    CHECK(script.apply);
    CHECK(script.lose_completion);
    CHECK(script.ignore);
}

TEST_CASE("each field of the console is heard, and has a default") {
    const Script plain = parsed({});
    CHECK(plain.serial.text.empty());
    CHECK(plain.serial.rate == 0);
    CHECK(plain.serial.echo);
    CHECK(plain.serial.owner.empty());
    CHECK(plain.serial.drop == 0s);
    CHECK(plain.serial.down == 100ms);
    CHECK(plain.drop_state == obm::ConsoleState::disconnected);
    const Script script = parsed({{"console_text", std::string("login: ")},
                                  {"console_rate", std::int64_t{11520}},
                                  {"console_echo", false},
                                  {"console_owner", std::string("operator")},
                                  {"console_drop_ms", std::int64_t{5}},
                                  {"console_down_ms", std::int64_t{6}},
                                  {"console_drop_state", std::string("unavailable")}});
    CHECK(script.serial.text == "login: ");
    CHECK(script.serial.rate == 11520);
    CHECK_FALSE(script.serial.echo);
    CHECK(script.serial.owner == "operator");
    CHECK(script.serial.drop == 5ms);
    CHECK(script.serial.down == 6ms);
    CHECK(script.drop_state == obm::ConsoleState::unavailable);
}

TEST_CASE("without a word on it the effect is what is usual for the failure") {
    CHECK(parsed({{"fail", std::string("busy")}}).effect == obm::Effect::none);
    CHECK(parsed({{"fail", std::string("timed_out")}}).effect == obm::Effect::unknown);
    CHECK(parsed({{"fail", std::string("timed_out")}, {"effect", std::string("none")}}).effect == obm::Effect::none);
    CHECK_FALSE(parsed({{"fail", std::string()}}).fail.has_value());
}

TEST_CASE("what the schema would not let pass is refused by name") {
    CHECK(refusal({{"latency_ms", std::int64_t{-1}}}) == "field 'latency_ms' must be from 0 to 600000");
    CHECK(refusal({{"slow_ms", std::int64_t{600001}}}) == "field 'slow_ms' must be from 0 to 600000");
    CHECK(refusal({{"fail_count", std::int64_t{-1}}}) == "field 'fail_count' must be from 0 to 1000000");
    CHECK(refusal({{"power", std::string("standby")}}) == "field 'power' must be on or off");
    CHECK(refusal({{"fail", std::string("explode")}}) ==
          "field 'fail' must be empty or the name of a failure, such as unreachable");
    CHECK(refusal({{"console_rate", std::int64_t{10000001}}}) == "field 'console_rate' must be from 0 to 10000000");
    CHECK(refusal({{"console_drop_state", std::string("gone")}}) ==
          "field 'console_drop_state' must be disconnected, stolen or unavailable");
    CHECK(refusal({{"effect", std::string("some")}}) == "field 'effect' must be none or unknown");
    CHECK_THROWS_WITH(parse(obm::Fields(nullptr, 0)), "field 'host' must be a name or an address");
}

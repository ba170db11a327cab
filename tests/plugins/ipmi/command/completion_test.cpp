#include "plugins/ipmi/command/completion.hpp"

#include <catch2/catch.hpp>

#include "plugins/ipmi/command/boot.hpp"
#include "plugins/ipmi/command/chassis.hpp"
#include "plugins/ipmi/command/session.hpp"

using namespace haas::ipmi;

TEST_CASE("generic codes: class, and whether later may work") {
    const auto check = [](std::uint8_t code, ErrorClass error, bool retry) {
        const Completion completion = explain(chassis_status(), code);
        CHECK(completion.error == error);
        CHECK(completion.retry == retry);
    };
    // Field notes, section 8.
    check(0xc0, ErrorClass::busy, true);
    check(0xc1, ErrorClass::unsupported, false);
    check(0xc3, ErrorClass::busy, true);
    check(0xc4, ErrorClass::busy, true);
    check(0xc7, ErrorClass::protocol, false);
    check(0xc9, ErrorClass::unsupported, false);
    check(0xcb, ErrorClass::unsupported, false);
    check(0xcc, ErrorClass::unsupported, false);
    check(0xce, ErrorClass::busy, true);
    check(0xd1, ErrorClass::busy, true);
    check(0xd2, ErrorClass::busy, true);
    check(0xd3, ErrorClass::unreachable, true);
    check(0xd4, ErrorClass::privilege, false);
    check(0xd5, ErrorClass::state, false);
    check(0xd6, ErrorClass::unsupported, false);
    check(0xff, ErrorClass::protocol, true);
}

TEST_CASE("80h means something else for each command") {
    CHECK(explain(set_session_privilege_level(Privilege::administrator), 0x80).error == ErrorClass::privilege);
    CHECK(explain(set_session_privilege_level(Privilege::administrator), 0x81).error == ErrorClass::privilege);
    CHECK(explain(set_boot_flags({}), 0x80).error == ErrorClass::unsupported);
    CHECK(explain(set_boot_flags({}), 0x81).error == ErrorClass::busy);
    CHECK(explain(boot_flags(), 0x80).error == ErrorClass::unsupported);
    CHECK(explain(close_session(1), 0x87).error == ErrorClass::state);
    CHECK(explain(chassis_status(), 0x80).error == ErrorClass::protocol);
    CHECK(explain(set_boot_flags({}), 0x80).sentence != explain(set_session_privilege_level({}), 0x80).sentence);
}

TEST_CASE("a sentence says what happened and ends with the code, also for a code nobody documented") {
    CHECK(explain(chassis_control(ChassisControl::power_cycle), 0xd5).sentence ==
          "the host's present power state does not allow this (completion code D5h)");
    CHECK(explain(chassis_status(), 0x91).sentence == "the BMC failed with a code of its own (completion code 91h)");
    for (unsigned code = 1; code <= 0xff; ++code) {
        const std::string sentence = explain(chassis_status(), static_cast<std::uint8_t>(code)).sentence;
        CHECK(sentence.find(" (completion code ") > 10);
        CHECK(sentence.ends_with("h)"));
    }
}

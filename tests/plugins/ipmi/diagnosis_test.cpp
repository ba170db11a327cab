#include "plugins/ipmi/diagnosis.hpp"

#include <catch2/catch.hpp>

using namespace haas::ipmi;
using namespace std::chrono_literals;
using haas::obm::Diagnosis;
using At = Diagnosis::Step;
using Result = Diagnosis::Result;

namespace {

Outcome failure(ErrorClass error, const std::string& sentence) {
    Outcome outcome;
    outcome.kind = Outcome::Kind::failed;
    outcome.error = error;
    outcome.sentence = sentence;
    return outcome;
}

std::shared_ptr<const Facts> facts() {
    Facts known;
    known.suite = CipherSuite::suite_17;
    known.privilege = Privilege::operator_level;
    known.address = "192.0.2.7:623";
    return std::make_shared<Facts>(known);
}

}  // namespace

TEST_CASE("a BMC that is well passes every step") {
    WayToBmc way;
    Outcome on;
    on.power_on = true;
    on.facts = facts();
    CHECK(way.power_asked(on, 12ms));
    Outcome boot;
    boot.boot.device = BootDevice::pxe;
    way.boot_asked(boot, "pxe", 3ms);
    Outcome sol;
    sol.sol_enabled = true;
    way.sol_asked(sol, 2ms);
    const Diagnosis& found = way.diagnosis();
    for (std::size_t step = 0; step < Diagnosis::names.size(); ++step) {
        CHECK(found[static_cast<At>(step)].result == Result::ok);
        CHECK(found[static_cast<At>(step)].fix.empty());
    }
    CHECK(found[At::reach].found == "the BMC answers at 192.0.2.7:623");
    CHECK(found[At::negotiate].found == "cipher suite 17");
    CHECK(found[At::authenticate].found == "logged in as operator");
    CHECK(found[At::chassis].found == "the machine is on");
    CHECK(found[At::chassis].took == 12ms);
    CHECK(found[At::boot].found == "the boot device is pxe, for the next boot");
    CHECK_FALSE(found.credentials_refused);
}

TEST_CASE("a login that failed says how far it got") {
    struct Case {
        ErrorClass error;
        bool unresolved;
        At end;
    };
    const auto [error, unresolved, end] = GENERATE(
        Case{ErrorClass::unreachable, true, At::resolve}, Case{ErrorClass::unreachable, false, At::reach},
        Case{ErrorClass::cipher, false, At::negotiate}, Case{ErrorClass::credentials, false, At::authenticate},
        Case{ErrorClass::busy, false, At::authenticate}, Case{ErrorClass::unsupported, false, At::chassis});
    WayToBmc way;
    Outcome outcome = failure(error, "bmc7: this is why");
    outcome.unresolved = unresolved;
    outcome.final = error == ErrorClass::credentials;
    CHECK_FALSE(way.power_asked(outcome, 5ms));
    const Diagnosis& found = way.diagnosis();
    for (std::size_t i = 0; i < Diagnosis::names.size(); ++i) {
        const At step = static_cast<At>(i);
        const Result expected = step < end ? Result::ok : step == end ? Result::failed : Result::skipped;
        CHECK(found[step].result == expected);
        CHECK_FALSE(found[step].found.empty());
    }
    CHECK(found[end].found == "bmc7: this is why");
    CHECK_FALSE(found[end].fix.empty());
    CHECK(found[end].took == 5ms);
    CHECK(found.credentials_refused == (error == ErrorClass::credentials));
    CHECK_FALSE(found.privilege_refused);
}

TEST_CASE("a privilege level that is refused ends at the account, and says whether that is for good") {
    const bool final = GENERATE(false, true);
    WayToBmc way;
    Outcome outcome = failure(ErrorClass::privilege, "bmc7: the BMC does not give this account the privilege level");
    outcome.final = final;
    CHECK_FALSE(way.power_asked(outcome, 5ms));
    CHECK(way.diagnosis()[At::authenticate].result == Result::failed);
    CHECK_THAT(way.diagnosis()[At::authenticate].fix, Catch::Contains("level"));
    CHECK(way.diagnosis().privilege_refused == final);
    CHECK_FALSE(way.diagnosis().credentials_refused);
}

TEST_CASE("what took too long is a failure with a sentence") {
    WayToBmc way;
    Outcome late;
    late.kind = Outcome::Kind::timed_out;
    CHECK_FALSE(way.power_asked(late, 9s));
    CHECK(way.diagnosis()[At::reach].result == Result::failed);
    CHECK(way.diagnosis()[At::reach].found == "no answer came in time");
}

TEST_CASE("what a BMC lacks behind the login is told, and is no failure where it proves nothing") {
    WayToBmc way;
    REQUIRE(way.power_asked(Outcome(), 1ms));
    CHECK(way.diagnosis()[At::chassis].found == "the machine is off");
    way.boot_asked(failure(ErrorClass::unsupported, "the BMC does not support this boot option"), "", 1ms);
    CHECK(way.diagnosis()[At::boot].result == Result::failed);
    CHECK_FALSE(way.diagnosis()[At::boot].fix.empty());
    SECTION("SOL is off") {
        way.sol_asked(Outcome(), 1ms);
        CHECK(way.diagnosis()[At::sol].result == Result::failed);
    }
    SECTION("the BMC does not tell") {
        way.sol_asked(failure(ErrorClass::unsupported, "the BMC does not know this command"), 1ms);
        CHECK(way.diagnosis()[At::sol].result == Result::skipped);
        CHECK(way.diagnosis()[At::sol].fix.empty());
    }
    SECTION("the BMC fell silent") {
        way.sol_asked(failure(ErrorClass::unreachable, "no answer"), 1ms);
        CHECK(way.diagnosis()[At::sol].result == Result::failed);
    }
}

TEST_CASE("no override and a strange device are told as they are") {
    WayToBmc way;
    Outcome none;
    none.boot.valid = false;
    way.boot_asked(none, "none", 1ms);
    CHECK_THAT(way.diagnosis()[At::boot].found, Catch::Contains("no boot device is set"));
    way.boot_asked(Outcome(), "", 1ms);
    CHECK_THAT(way.diagnosis()[At::boot].found, Catch::Contains("does not name"));
}

#include "plugins/ipmi/command/advice.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace haas::ipmi;

// The order of IPMI 2.0 section 13.15: Open Session settles the algorithms, RAKP the account.
TEST_CASE("an error of a login belongs to the step in which a BMC can make it") {
    CHECK(step_of(ErrorClass::unreachable, false) == Step::resolve);
    CHECK(step_of(ErrorClass::unreachable, true) == Step::reach);
    CHECK(step_of(ErrorClass::cipher, true) == Step::negotiate);
    CHECK(step_of(ErrorClass::credentials, true) == Step::authenticate);
    CHECK(step_of(ErrorClass::privilege, true) == Step::authenticate);
    CHECK(step_of(ErrorClass::busy, true) == Step::authenticate);
    CHECK(step_of(ErrorClass::unsupported, true) == Step::chassis);
}

TEST_CASE("there is advice for every error at every step, and it is a sentence") {
    for (const Step step : {Step::resolve, Step::reach, Step::negotiate, Step::authenticate, Step::chassis, Step::boot, Step::sol}) {
        for (const ErrorClass error : {ErrorClass::unreachable, ErrorClass::credentials, ErrorClass::privilege, ErrorClass::cipher,
                                       ErrorClass::busy, ErrorClass::unsupported, ErrorClass::state, ErrorClass::protocol}) {
            const std::string sentence(advice(step, error));
            REQUIRE(sentence.size() > 20);
            CHECK((sentence.front() >= 'A' && sentence.front() <= 'Z'));
            CHECK(sentence.back() != '.');
        }
    }
    CHECK_THAT(std::string(advice(Step::reach, ErrorClass::unreachable)), Catch::Contains("UDP port (623"));
    CHECK_THAT(std::string(advice(Step::negotiate, ErrorClass::cipher)), Catch::Contains("cipher suite 17"));
    CHECK_THAT(std::string(advice(Step::sol, ErrorClass::state)), Catch::Contains("power state"));
    CHECK_THAT(std::string(advice(Step::sol, ErrorClass::unsupported)), Catch::Contains("Enable Serial over LAN"));
    CHECK(advice(Step::authenticate, ErrorClass::busy) != advice(Step::authenticate, ErrorClass::credentials));
}

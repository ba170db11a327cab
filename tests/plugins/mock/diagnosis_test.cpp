#include "plugins/mock/diagnosis.hpp"

#include <catch2/catch.hpp>

using namespace haas::mock;
using haas::obm::Final;
using haas::obm::Status;
using haas::obm::Diagnosis;
using Step = Diagnosis::Step;
using Result = Diagnosis::Result;

TEST_CASE("a machine that is well has no step that failed, and tells its state") {
    const Diagnosis found = diagnosis_of(true, {"pxe", false});
    CHECK(found[Step::chassis].result == Result::ok);
    CHECK(found[Step::chassis].found == "the machine is on");
    CHECK(found[Step::boot].found == "boot device pxe, for the next boot");
    for (std::size_t step = 0; step < Diagnosis::names.size(); ++step) {
        CHECK(found[static_cast<Step>(step)].result != Result::failed);
        CHECK_FALSE(found[static_cast<Step>(step)].found.empty());
    }
    CHECK_FALSE(found.credentials_refused);
}

TEST_CASE("a failure stands at the step where a BMC would have it, and what comes later is not tried") {
    const auto [failure, step] = GENERATE(
        std::pair(Status::unreachable, Step::reach), std::pair(Status::cipher, Step::negotiate),
        std::pair(Status::credentials, Step::authenticate), std::pair(Status::busy, Step::authenticate),
        std::pair(Status::state, Step::chassis), std::pair(Status::unsupported, Step::boot));
    const auto found = diagnosis_with(failure, Final::no, diagnosis_of(false, {}));
    REQUIRE(found.has_value());
    CHECK((*found)[step].result == Result::failed);
    CHECK_FALSE((*found)[step].fix.empty());
    CHECK((*found)[Step::sol].result == Result::skipped);
    if (step != Step::reach) CHECK((*found)[Step::reach].result == Result::ok);
    CHECK(found->credentials_refused == (failure == Status::credentials));
    CHECK_FALSE(found->privilege_refused);
}

TEST_CASE("a privilege level is refused for good when that is said") {
    CHECK(diagnosis_with(Status::privilege, Final::yes, diagnosis_of(false, {}))->privilege_refused);
    CHECK_FALSE(diagnosis_with(Status::privilege, Final::no, diagnosis_of(false, {}))->privilege_refused);
}

TEST_CASE("what is no failure of the machine is no finding") {
    CHECK_FALSE(diagnosis_with(Status::internal, Final::no, {}).has_value());
    CHECK_FALSE(diagnosis_with(Status::invalid, Final::no, {}).has_value());
}

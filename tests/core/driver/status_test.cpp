#include "core/driver/status.hpp"

#include <set>

#include <catch2/catch.hpp>

using namespace haas;
using namespace haas::driver;

TEST_CASE("each status of the ABI has an error of its own, with the meaning of abi.h") {
    CHECK(to_errc(HAAS_OBM_INVALID) == Errc::invalid);
    CHECK(to_errc(HAAS_OBM_UNSUPPORTED) == Errc::unsupported);
    CHECK(to_errc(HAAS_OBM_UNREACHABLE) == Errc::unreachable);
    CHECK(to_errc(HAAS_OBM_CREDENTIALS) == Errc::credentials_rejected);
    CHECK(to_errc(HAAS_OBM_PRIVILEGE) == Errc::privilege);
    CHECK(to_errc(HAAS_OBM_CIPHER) == Errc::cipher);
    CHECK(to_errc(HAAS_OBM_BUSY) == Errc::busy);
    CHECK(to_errc(HAAS_OBM_STATE) == Errc::state);
    CHECK(to_errc(HAAS_OBM_PROTOCOL) == Errc::protocol);
    CHECK(to_errc(HAAS_OBM_TIMED_OUT) == Errc::timed_out);
    CHECK(to_errc(HAAS_OBM_CANCELLED) == Errc::cancelled);
    CHECK(to_errc(HAAS_OBM_INTERNAL) == Errc::internal);

    std::set<Errc> all;
    for (haas_obm_status status = HAAS_OBM_INVALID; status <= HAAS_OBM_INTERNAL; ++status) all.insert(to_errc(status));
    CHECK(all.size() == 12);
    CHECK(to_errc(HAAS_OBM_OK) == Errc::internal);
    CHECK(to_errc(-1) == Errc::internal);
    CHECK(to_errc(4711) == Errc::internal);
}

TEST_CASE("the effect of a change passes through, a read has none") {
    const Outcome outcome{HAAS_OBM_PROTOCOL, Effect::unknown, 0, "the answer was cut short", {}};
    CHECK(to_error(outcome, true).effect == Effect::unknown);
    CHECK(to_error(outcome, false).effect == Effect::none);
    CHECK(to_error(outcome, true).message == "the answer was cut short");
}

TEST_CASE("what is final is told by its driver, but of credentials, which always are") {
    Outcome outcome{HAAS_OBM_PRIVILEGE, Effect::none, 0, "the account may not do that", {}};
    CHECK_FALSE(to_error(outcome, true).final);
    outcome.final = true;
    CHECK(to_error(outcome, true).final);
    CHECK(to_error(outcome, false).final);
    CHECK(to_error(outcome, true).code == Errc::privilege);
    // What comes of the moment is never final.
    for (const haas_obm_status status : {HAAS_OBM_UNREACHABLE, HAAS_OBM_BUSY, HAAS_OBM_STATE, HAAS_OBM_PROTOCOL, HAAS_OBM_TIMED_OUT,
                                         HAAS_OBM_CANCELLED, HAAS_OBM_INTERNAL}) {
        outcome.status = status;
        CHECK_FALSE(to_error(outcome, true).final);
    }
    // As drivers say it that were built before the field had a meaning.
    CHECK(to_error({HAAS_OBM_CREDENTIALS, Effect::none, 0, "wrong password", {}}, true).final);
}

TEST_CASE("a failure without a sentence gets one") {
    CHECK(to_error({HAAS_OBM_BUSY, Effect::none, 0, "", {}}, true).message == "the driver gave no reason (status 7)");
}

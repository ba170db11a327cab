// How an outcome of the engine reads for the host.
#include "plugins/ipmi/reply.hpp"

#include <catch2/catch.hpp>

#include "haas/obm/testing.hpp"

using namespace haas::ipmi;
namespace obm = haas::obm;
using namespace std::chrono_literals;

namespace {

Outcome outcome(Outcome::Kind kind, ErrorClass error = {}) {
    Outcome made;
    made.kind = kind;
    made.error = error;
    return made;
}

}  // namespace

TEST_CASE("each outcome has its status") {
    CHECK(status_of(outcome(Outcome::Kind::done)) == obm::Status::ok);
    CHECK(status_of(outcome(Outcome::Kind::timed_out)) == obm::Status::timed_out);
    CHECK(status_of(outcome(Outcome::Kind::cancelled)) == obm::Status::cancelled);
    const auto failed = [](ErrorClass error) { return status_of(outcome(Outcome::Kind::failed, error)); };
    CHECK(failed(ErrorClass::unreachable) == obm::Status::unreachable);
    CHECK(failed(ErrorClass::credentials) == obm::Status::credentials);
    CHECK(failed(ErrorClass::privilege) == obm::Status::privilege);
    CHECK(failed(ErrorClass::cipher) == obm::Status::cipher);
    CHECK(failed(ErrorClass::busy) == obm::Status::busy);
    CHECK(failed(ErrorClass::unsupported) == obm::Status::unsupported);
    CHECK(failed(ErrorClass::state) == obm::Status::state);
    CHECK(failed(ErrorClass::protocol) == obm::Status::protocol);
}

TEST_CASE("what may have been done is told so") {
    Outcome maybe = outcome(Outcome::Kind::timed_out);
    CHECK(effect_of(maybe) == obm::Effect::none);
    maybe.perhaps_done = true;
    CHECK(effect_of(maybe) == obm::Effect::unknown);
}

TEST_CASE("what no further login may try is told so") {
    Outcome refused = outcome(Outcome::Kind::failed, ErrorClass::privilege);
    CHECK(final_of(refused) == obm::Final::no);
    refused.final = true;
    CHECK(final_of(refused) == obm::Final::yes);
    CHECK(status_of(refused) == obm::Status::privilege);
}

TEST_CASE("a deadline is as far away on the engine's clock as on the host's") {
    obm::testing::FakeHost host;
    const obm::Host face(host.table());
    const haas_obm_operation operation = host.operation("deadline", 10s);
    obm::Reply reply(face, operation);
    const Time deadline = deadline_of(face, reply);
    const Time now = std::chrono::steady_clock::now();
    CHECK(deadline - now > 9s);
    CHECK(deadline - now <= 10s);
    reply.done();
    // Farther away than any clock counts.
    obm::Reply late(face, host.operation("never", 100 * 24h));
    const Time farthest = deadline_of(face, late);
    CHECK(farthest - std::chrono::steady_clock::now() <= 24h);
    late.done();
}

#include "plugins/ipmi/session/login.hpp"

#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/session/login_attempt.hpp"

using namespace haas::ipmi;

TEST_CASE("one suite refused and the other met with silence is no dead BMC") {
    const GiveUp gave_up =
        last_of(Login({}), {at_open_session(Reason::cipher, 0x11), at_open_session(Reason::silence, 0)});
    CHECK(gave_up.error == ErrorClass::cipher);
    CHECK(gave_up.sentence ==
          "the BMC refuses cipher suite 17 (status 11h, no cipher suite match) and does not answer when asked for "
          "suite 3");
}

TEST_CASE("a BMC that has taken a suite and is silent from then on is no cipher suite that is missing") {
    Login login(LoginPolicy{});
    static_cast<void>(login.failed(at_open_session(Reason::cipher, 0x11)));
    CHECK(login.settings().suite == CipherSuite::suite_3);
    static_cast<void>(login.failed({Stage::rakp2, Reason::silence, 0}));
    auto next = login.failed({Stage::open_session, Reason::silence, 0});
    while (std::holds_alternative<TryAgain>(next)) next = login.failed({Stage::open_session, Reason::silence, 0});
    CHECK(std::get<GiveUp>(next).error == ErrorClass::unreachable);
}

TEST_CASE("a BMC whose slots are full of handshakes that came to nothing is busy, whatever suite it has") {
    Login login(LoginPolicy{});
    static_cast<void>(login.failed({Stage::rakp2, Reason::silence, 0}));
    const auto next = login.failed({Stage::open_session, Reason::busy, 0x01});
    CHECK(std::get<GiveUp>(next).error == ErrorClass::busy);
}

TEST_CASE("silence is unreachable after both suites were tried, and not for ever") {
    Pair pair;
    pair.to_bmc = [](std::size_t, const Bytes&) { return Fate::lose; };
    const Attempted outcome = log_in(pair);
    CHECK(outcome.gave_up.error == ErrorClass::unreachable);
    CHECK_FALSE(outcome.gave_up.final);
    REQUIRE(outcome.tried.size() == 2);
    CHECK(outcome.tried[1].suite == CipherSuite::suite_3);
    CHECK(outcome.gave_up.sentence == "the BMC does not answer");
}

TEST_CASE("a BMC that is silent on suite 17 gets in with suite 3, which is no more than a guess") {
    Pair pair(only(CipherSuite::suite_3, 0));
    CHECK(log_in(pair).established);
    Login login({});
    CHECK_FALSE(login.suite_is_a_guess());
    REQUIRE(std::holds_alternative<TryAgain>(login.failed(at_open_session(Reason::silence, 0))));
    CHECK(login.suite_is_a_guess());
}

TEST_CASE("a BMC with suite 17 alone whose first answers were lost is found again") {
    Pair pair(only(CipherSuite::suite_17, 0x11));
    pair.to_console = [](std::size_t n, Bytes&) { return n < 3 ? Fate::lose : Fate::deliver; };
    const Attempted outcome = log_in(pair);
    CHECK(outcome.established);
    CHECK(outcome.tried.back().suite == CipherSuite::suite_17);
}

TEST_CASE("a suite that is known to be right is not given up for silence, nor for want of a slot") {
    HandshakeSettings learnt;
    Login silent({}, learnt);
    const auto again = silent.failed(at_open_session(Reason::silence, 0));
    CHECK(std::get<TryAgain>(again).settings == learnt);
    CHECK(std::get<GiveUp>(silent.failed(at_open_session(Reason::silence, 0))).error == ErrorClass::unreachable);
    // The slot may become free just when the weaker suite is asked for.
    Login busy({}, learnt);
    CHECK(std::get<GiveUp>(busy.failed(at_open_session(Reason::busy, 0x01))).error == ErrorClass::busy);
    Login guess({}, learnt, false);
    CHECK(std::holds_alternative<TryAgain>(guess.failed(at_open_session(Reason::busy, 0x01))));
    CHECK(guess.suite_is_a_guess());
}

TEST_CASE("once heard of, a BMC is not taken for dead because of one lost Open Session") {
    Login login({});
    REQUIRE(std::holds_alternative<TryAgain>(login.failed({Stage::rakp2, Reason::silence, 0})));
    CHECK(std::holds_alternative<TryAgain>(login.failed(at_open_session(Reason::silence, 0))));
}

TEST_CASE("a lost RAKP message costs a new handshake, not a verdict") {
    for (std::size_t lost = 1; lost < 3; ++lost) {
        Pair pair;
        pair.to_bmc = [&](std::size_t n, const Bytes&) { return n == lost ? Fate::lose : Fate::deliver; };
        const Attempted outcome = log_in(pair);
        CHECK(outcome.established);
        REQUIRE(outcome.tried.size() == 2);
        CHECK(outcome.tried[0] == outcome.tried[1]);
    }
}

TEST_CASE("a BMC that never answers RAKP 1 is given up after a bounded number of handshakes") {
    Pair pair;
    pair.bmc.options.slots = 100;
    pair.to_console = [](std::size_t, Bytes& reply) { return reply[5] == 0x13 ? Fate::lose : Fate::deliver; };
    const Attempted outcome = log_in(pair);
    CHECK(outcome.gave_up.error == ErrorClass::unreachable);
    CHECK(outcome.gave_up.sentence == "the BMC answers Open Session, but not RAKP 1");
    CHECK(outcome.tried.size() == 13);
}

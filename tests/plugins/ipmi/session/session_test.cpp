#include "plugins/ipmi/session/session.hpp"

#include <set>

#include <catch2/catch.hpp>

#include "plugins/ipmi/command/chassis.hpp"
#include "tests/plugins/ipmi/session/fixed_random.hpp"
#include "tests/plugins/ipmi/session/pair.hpp"
#include "tests/plugins/ipmi/wire/captured.hpp"
#include "tests/plugins/ipmi/wire/hex.hpp"
#include "tests/plugins/ipmi/wire/mangle.hpp"

using namespace haas::ipmi;
using namespace std::chrono_literals;

TEST_CASE("each attempt has a session ID and a tag of its own") {
    SystemRandom random;
    const Credentials account = credentials();
    std::set<std::uint32_t> ids;
    std::set<std::uint8_t> tags;
    for (int i = 0; i < 200; ++i) {
        Bytes out;
        Session session({}, account, Timing{}, random, Time{}, out);
        REQUIRE(out.size() == 48);  // Open Session: 16 + 32 bytes
        ids.insert(session.console_id());
        tags.insert(out[16]);
        CHECK(session.console_id() != 0);
        CHECK(console_session_id(out) == 0);
    }
    CHECK(ids.size() == 200);
    CHECK(tags.size() > 100);  // of 256
}

TEST_CASE("deadlines: each wait, and up to a quarter more") {
    Pair pair;
    pair.session.emplace(HandshakeSettings{}, pair.account, Timing{}, pair.random, pair.now, pair.out);
    const auto wait_of = [&] { return *pair.session->deadline() - pair.now; };
    const auto expire = [&] {
        pair.now = *pair.session->deadline();
        return pair.session->expire(pair.now, pair.out);
    };
    CHECK(wait_of() >= 1000ms);
    CHECK(wait_of() <= 1250ms);
    const Bytes first = pair.out;
    CHECK(nothing(expire()));
    CHECK(pair.out == first);  // the same tag and session ID: the first one's answer still counts
    CHECK(wait_of() >= 1000ms);
    CHECK(wait_of() <= 1250ms);
    CHECK(nothing(expire()));
    CHECK(wait_of() >= 1000ms);
    const Event end = expire();
    CHECK(failure_of(end) == HandshakeFailure{Stage::open_session, Reason::silence, 0});
    CHECK(pair.out.empty());
    CHECK(pair.session->is_over());
    CHECK_FALSE(pair.session->deadline());
}

TEST_CASE("what a thousand silent BMCs are waited for ends in a few instants, and in more than one") {
    FixedRandom random(1);
    const Credentials account = credentials();
    // Begun one after the other, so far apart.
    const auto ends_after = [&](Wait wait, Duration apart) {
        Timing timing;
        timing.open_session_wait = wait;
        std::set<Time> ends;
        for (int i = 0; i < 1000; ++i) {
            const Time begin = Time{1h} + i * apart;
            Bytes out;
            const Session session({}, account, timing, random, begin, out);
            CHECK(*session.deadline() >= begin + wait);
            CHECK(*session.deadline() <= begin + wait + wait / 4);
            ends.insert(*session.deadline());
        }
        return ends.size();
    };
    // Sixteen ticks to the second, a quarter of a second of jitter.
    CHECK(ends_after(1000ms, 0ms) >= 4);
    CHECK(ends_after(1000ms, 0ms) <= 5);
    CHECK(ends_after(1000ms, 1ms) <= 21);
    // A short wait has hardly a tick in its jitter, and is not bent where it has none.
    CHECK(ends_after(100ms, 1ms) > 100);
}

namespace {

// Open Session is answered after `took`, RAKP 1 after `rakp1_took`, and what comes then is lost.
struct Waits {
    Duration of_rakp2;
    Duration of_rakp4;
};
Waits waits_after(Duration took, Duration rakp1_took, std::size_t lost_open_sessions = 0) {
    Pair pair;
    pair.session.emplace(HandshakeSettings{}, pair.account, Timing{}, pair.random, pair.now, pair.out);
    for (; lost_open_sessions > 0; --lost_open_sessions) {
        pair.now = *pair.session->deadline();
        REQUIRE(nothing(pair.session->expire(pair.now, pair.out)));
    }
    const auto answer_after = [&pair](Duration time) {
        pair.carry();
        pair.now += time;
        REQUIRE(nothing(pair.session->receive(pair.inbox.at(0), pair.now, pair.out)));
        pair.inbox.clear();
        return *pair.session->deadline() - pair.now;
    };
    const Duration of_rakp2 = answer_after(took);
    return {of_rakp2, answer_after(rakp1_took)};
}

bool is_about(Duration wait, Duration expected) { return wait >= expected && wait <= expected + expected / 4; }

}  // namespace

TEST_CASE("RAKP is waited for as long as the BMC's pace gives reason to, half a second at least and two at most") {
    CHECK(is_about(waits_after(1ms, 1ms).of_rakp2, 500ms));
    CHECK(is_about(waits_after(100ms, 1ms).of_rakp2, 800ms));
    CHECK(is_about(waits_after(900ms, 1ms).of_rakp2, 2s));
    // The slower of the two answers counts.
    CHECK(is_about(waits_after(100ms, 1ms).of_rakp4, 800ms));
    CHECK(is_about(waits_after(1ms, 150ms).of_rakp4, 1200ms));
    CHECK(is_about(waits_after(1ms, 400ms).of_rakp4, 2s));
    // To which of two Open Sessions the answer was, nobody knows.
    CHECK(is_about(waits_after(1ms, 1ms, 1).of_rakp2, 2s));
}

TEST_CASE("expire before the deadline is harmless") {
    Pair pair;
    pair.session.emplace(HandshakeSettings{}, pair.account, Timing{}, pair.random, pair.now, pair.out);
    const Time deadline = *pair.session->deadline();
    CHECK(nothing(pair.session->expire(deadline - 1ns, pair.out)));
    CHECK(pair.out.empty());
    CHECK(pair.session->deadline() == deadline);
}

TEST_CASE("a late look at the clock counts from when it was, not from when it should have been") {
    Pair pair;
    pair.session.emplace(HandshakeSettings{}, pair.account, Timing{}, pair.random, pair.now, pair.out);
    const Time late = *pair.session->deadline() + 60s;
    CHECK(nothing(pair.session->expire(late, pair.out)));
    CHECK_FALSE(pair.out.empty());
    CHECK(*pair.session->deadline() >= late + 1s);
}

TEST_CASE("closing a handshake that nobody has answered ends it when its answer is due") {
    Pair pair;
    pair.session.emplace(HandshakeSettings{}, pair.account, Timing{}, pair.random, pair.now, pair.out);
    const Time due = *pair.session->deadline();
    pair.session->close(pair.now, pair.out);
    CHECK(pair.out.empty());
    CHECK(pair.session->deadline() == due);
    CHECK(std::holds_alternative<Closed>(pair.session->expire(due, pair.out)));
    CHECK(pair.session->is_over());
    Bytes anything = from_hex(suite_3_chassis_status[3].hex);
    CHECK(nothing(pair.session->receive(anything, pair.now, pair.out)));
    CHECK(nothing(pair.session->expire(pair.now + 1h, pair.out)));
    CHECK(pair.out.empty());
}

TEST_CASE("a handshake that is closed leaves nothing behind on the BMC, whatever step it has reached") {
    const std::size_t step = GENERATE(0U, 1U, 2U);
    INFO("answers that came before: " << step);
    Pair pair;
    pair.session.emplace(HandshakeSettings{}, pair.account, Timing{}, pair.random, pair.now, pair.out);
    for (std::size_t i = 0; i < step; ++i) {
        pair.carry();
        Bytes answer = pair.inbox.front();
        pair.inbox.pop_front();
        REQUIRE(nothing(pair.session->receive(answer, pair.now, pair.out)));
    }
    pair.carry();
    REQUIRE(pair.bmc.open_sessions() == 1);
    // The BMC's answer is on its way.
    pair.session->close(pair.now, pair.out);
    pair.run();
    pair.carry();
    CHECK(pair.session->is_over());
    CHECK(pair.bmc.open_sessions() == 0);
    CHECK(pair.now - Time{} < 1s);
}

TEST_CASE("a session whose RAKP 4 was lost is closed on the BMC, and one whose RAKP 2 was lost is given back") {
    const std::size_t lost = GENERATE(1U, 2U);
    Pair pair;
    pair.to_console = [&](std::size_t n, Bytes&) { return n == lost ? Fate::lose : Fate::deliver; };
    CHECK(failure_of(pair.handshake()).reason == Reason::silence);
    CHECK(pair.session->is_over() == (lost == 1));
    pair.run();
    CHECK(pair.session->is_over());
    CHECK(pair.bmc.open_sessions() == 0);
}

TEST_CASE("a RAKP 4 that is cut off makes no session here and leaves none there") {
    Pair pair;
    pair.to_console = [](std::size_t n, Bytes& reply) {
        // The payload's last byte, and the length that says so: IPMI 2.0 table 13-8.
        if (n == 2) reply.pop_back();
        if (n == 2) --reply[14];
        return Fate::deliver;
    };
    CHECK(failure_of(pair.handshake()) == HandshakeFailure{Stage::rakp4, Reason::protocol, 0});
    CHECK(std::holds_alternative<Closed>(pair.run()));
    CHECK(pair.bmc.open_sessions() == 0);
}

TEST_CASE("a handshake does not take packets of a session, nor of another step") {
    Pair pair;
    pair.session.emplace(HandshakeSettings{}, pair.account, Timing{}, pair.random, pair.now, pair.out);
    for (const Captured& captured : suite_3_chassis_status) {
        Bytes datagram = from_hex(captured.hex);
        Bytes out;
        CHECK(nothing(pair.session->receive(datagram, pair.now, out)));
    }
    CHECK(pair.session->dropped() == suite_3_chassis_status.size());
}

TEST_CASE("whose a datagram is") {
    // ipmi_sim to ipmitool: the answers of the handshake name the console in their payload, later ones in the header.
    for (const std::size_t i : {3U, 5U, 7U, 9U, 11U}) {
        CHECK(console_session_id(from_hex(suite_3_chassis_status[i].hex)) == 0xa0a2a3a4);
    }
    // ipmi_sim refuses suite 17 without naming anybody.
    CHECK(console_session_id(from_hex("0600ff07 06 11 00000000 00000000 0200 0004")) == 0);
    CHECK_FALSE(console_session_id(from_hex(suite_3_chassis_status[1].hex)));  // IPMI 1.5 wrapper
    each_truncation(from_hex(suite_3_chassis_status[5].hex), [](const Bytes& cut) {
        const auto id = console_session_id(cut);
        if (cut.size() < 16) CHECK_FALSE(id);
        else CHECK(id == (cut.size() < 24 ? 0 : 0xa0a2a3a4));
    });
}

TEST_CASE("ten thousand sessions fit: what one holds itself") { CHECK(sizeof(Session) <= 512); }

TEST_CASE("a BMC that drops our padding is rid of the session all the same") {
    BmcOptions options;
    options.drops_other_pad = true;
    options.icts = GENERATE(true, false);
    const bool pinned = GENERATE(true, false);
    Pair pair(options);
    HandshakeSettings settings;
    if (pinned) settings.quirks.add(Quirk::icts);
    REQUIRE(established(pair.handshake(settings)));
    const bool fits = options.icts == pinned;
    CHECK(std::holds_alternative<Answer>(pair.command({NetFn::app, 0x01, Repeat::anew, {}})) == fits);
    const std::size_t before = pair.sent.size();
    CHECK(std::holds_alternative<Closed>(pair.close()));
    CHECK(pair.bmc.open_sessions() == 0);
    CHECK(pair.sent.size() - before == (fits ? 1 : 2));
}

TEST_CASE("a BMC that was heard of gets its Close padded as ever, and not once more") {
    Pair pair;
    REQUIRE(established(pair.handshake()));
    REQUIRE(std::holds_alternative<Answer>(pair.command({NetFn::app, 0x01, Repeat::anew, {}})));
    pair.to_bmc = [](std::size_t, const Bytes& datagram) {
        CHECK(datagram.size() % 4 == 0);
        return Fate::lose;
    };
    const std::size_t before = pair.sent.size();
    CHECK(std::holds_alternative<Closed>(pair.close()));
    CHECK(pair.sent.size() - before == 2);
}

#include "plugins/ipmi/session/handshake.hpp"

#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/session/pair.hpp"
#include "tests/plugins/ipmi/wire/captured.hpp"
#include "tests/plugins/ipmi/wire/hex.hpp"
#include "tests/plugins/ipmi/wire/mangle.hpp"

using namespace haas::ipmi;

namespace {

HandshakeSettings with(CipherSuite suite) {
    HandshakeSettings settings;
    settings.suite = suite;
    return settings;
}

// What a handshake with a BMC of these options ends in.
HandshakeFailure failure_with(BmcOptions options, const HandshakeSettings& settings = {},
                              Credentials who = credentials()) {
    Pair pair(std::move(options), std::move(who));
    return failure_of(pair.handshake(settings));
}

// Gives the bytes it was told, then zeros.
class Scripted final : public Random {
public:
    Bytes bytes;
    void fill(std::span<std::uint8_t> out) override {
        for (std::uint8_t& byte : out) byte = at_ < bytes.size() ? bytes[at_++] : std::uint8_t{0};
    }

private:
    std::size_t at_ = 0;
};

using Statuses = std::initializer_list<std::uint8_t>;

void append(Bytes& to, ByteView bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

}  // namespace

TEST_CASE("against captured replies our handshake sends ipmitool's very bytes") {
    const auto check = [](const std::vector<Captured>& session, CipherSuite suite, std::optional<ByteView> kg) {
        const Bytes rakp1 = from_hex(session[4].hex);
        Scripted random;
        random.bytes = from_hex("a4a3a2a0 00000000 00");                  // session ID, tag, jitter of the first wait
        append(random.bytes, ByteView(rakp1).subspan(16 + 8, 16));        // R_M
        HandshakeSettings settings = with(suite);
        settings.open_session_privilege = Privilege::highest;  // as ipmitool asks
        const Credentials account = credentials("admin", "password", kg);
        Bytes out;
        Session ours(settings, account, Timing{}, random, Time{}, out);
        CHECK(out == from_hex(session[2].hex));
        Bytes reply = from_hex(session[3].hex);
        CHECK(nothing(ours.receive(reply, Time{}, out)));
        CHECK(out == rakp1);
        reply = from_hex(session[5].hex);
        CHECK(nothing(ours.receive(reply, Time{}, out)));
        CHECK(out == from_hex(session[6].hex));
        reply = from_hex(session[7].hex);
        CHECK(established(ours.receive(reply, Time{}, out)));
        CHECK(out.empty());
        CHECK(ours.ready());
    };
    check(suite_3_chassis_status, CipherSuite::suite_3, std::nullopt);
    check(suite_3_boot_device, CipherSuite::suite_3, std::nullopt);
    check(suite_17_chassis_status, CipherSuite::suite_17, std::nullopt);
    const Bytes kg = from_hex("a1b2c300d4e5f60718293a4b5c6d7e8f90a1b2c3");
    check(suite_17_with_kg, CipherSuite::suite_17, kg);
}

TEST_CASE("both suites establish a session") {
    for (const CipherSuite suite : {CipherSuite::suite_17, CipherSuite::suite_3}) {
        Pair pair;
        const Event event = pair.handshake(with(suite));
        REQUIRE(established(event));
        CHECK(std::get<Established>(event).bmc_guid[0] == 0xa5);
        CHECK(pair.sent.size() == 3);
    }
}

TEST_CASE("a refused suite, in each of the ways it is refused") {
    const auto refused_with = [](std::uint8_t status) {
        BmcOptions options;
        options.suite_17 = false;
        options.suite_refusal = status;
        return failure_with(options);
    };
    for (const std::uint8_t status : Statuses{0x04, 0x05, 0x06, 0x07, 0x10, 0x11, 0x12}) {
        CHECK(refused_with(status) == HandshakeFailure{Stage::open_session, Reason::cipher, status});
    }
    for (const std::uint8_t status : Statuses{0x09, 0x0a}) {
        CHECK(refused_with(status) == HandshakeFailure{Stage::open_session, Reason::privilege, status});
    }
    for (const std::uint8_t status : Statuses{0x01, 0x0b}) {
        CHECK(refused_with(status) == HandshakeFailure{Stage::open_session, Reason::busy, status});
    }
    for (const std::uint8_t status : Statuses{0x02, 0x08}) {
        CHECK(refused_with(status) == HandshakeFailure{Stage::open_session, Reason::stale, status});
    }
    CHECK(refused_with(0x55) == HandshakeFailure{Stage::open_session, Reason::protocol, 0x55});
    CHECK(refused_with(0) == HandshakeFailure{Stage::open_session, Reason::silence, 0});
}

TEST_CASE("an Open Session error of two bytes, as ipmi_sim sends it") {
    BmcOptions options;
    options.suite_17 = false;
    options.suite_refusal = 0x04;
    options.short_open_session_error = true;
    CHECK(failure_with(options) == HandshakeFailure{Stage::open_session, Reason::cipher, 0x04});
}

TEST_CASE("other algorithms than proposed are never gone on with") {
    BmcOptions options;
    options.echo_other_algorithms = true;
    CHECK(failure_with(options) == HandshakeFailure{Stage::open_session, Reason::cipher, 0});
}

TEST_CASE("a wrong password is known at RAKP 2, and the BMC is told to free its slot") {
    Pair pair({}, credentials("admin", "wrong"));
    CHECK(failure_of(pair.handshake()) == HandshakeFailure{Stage::rakp2, Reason::hmac_mismatch, 0});
    // RAKP 3 with status 0Fh and no code: table 13-13.
    REQUIRE(pair.sent.size() == 3);
    const Bytes& rakp3 = pair.sent.back();
    CHECK(rakp3.size() == 16 + 8);
    CHECK(rakp3[5] == 0x14);
    CHECK(rakp3[17] == 0x0f);
    CHECK(pair.bmc.open_sessions() == 0);
}

TEST_CASE("passwords of 16, 17 and 20 bytes, and none, are taken whole") {
    for (const char* password : {"", "sixteen-bytes-pw", "seventeen-bytes-p", "twenty-bytes-passwor", "pässwörd"}) {
        BmcOptions options;
        options.password = password;
        CHECK(established(Pair(options, credentials("admin", password)).handshake()));
        CHECK(established(Pair(options, credentials("admin", password)).handshake(with(CipherSuite::suite_3))));
    }
}

TEST_CASE("a null user name and one of 16 bytes") {
    for (const char* user : {"", "sixteen-bytes-ab"}) {
        BmcOptions options;
        options.user = user;
        CHECK(established(Pair(options, credentials(user)).handshake()));
    }
}

TEST_CASE("an unknown user is a refusal, with tag and session ID or with zeros") {
    for (const bool zeroed : {false, true}) {
        BmcOptions options;
        options.zeroed_errors = zeroed;
        const HandshakeFailure refused{Stage::rakp2, Reason::refused, 0x0d};
        CHECK(failure_with(options, {}, credentials("nobody")) == refused);
    }
}

TEST_CASE("a bare completion code ends the handshake as what it is") {
    BmcOptions options;
    options.bare_completion_code = true;
    CHECK(failure_with(options) == HandshakeFailure{Stage::rakp2, Reason::protocol, 0xc7});
}

TEST_CASE("a RAKP 2 code one byte too long is cut, one too short is refused") {
    for (const CipherSuite suite : {CipherSuite::suite_17, CipherSuite::suite_3}) {
        BmcOptions options;
        options.rakp2_bytes_more = 1;
        CHECK(established(Pair(options).handshake(with(suite))));
        options.rakp2_bytes_more = -1;
        Pair pair(options);
        CHECK(failure_of(pair.handshake(with(suite))) == HandshakeFailure{Stage::rakp2, Reason::protocol, 0});
        CHECK(pair.bmc.open_sessions() == 0);
    }
}

TEST_CASE("a BMC that hashes with Open Session's privilege level wants the real one there") {
    BmcOptions options;
    options.hash_open_session_privilege = true;
    CHECK(established(Pair(options).handshake()));
    HandshakeSettings highest;
    highest.open_session_privilege = Privilege::highest;
    CHECK(failure_with(options, highest).reason == Reason::hmac_mismatch);
}

TEST_CASE("a BMC that wants `highest` in Open Session gets it when asked to") {
    BmcOptions options;
    options.accept_highest_only = true;
    CHECK(failure_with(options) == HandshakeFailure{Stage::open_session, Reason::privilege, 0x09});
    HandshakeSettings highest;
    highest.open_session_privilege = Privilege::highest;
    CHECK(established(Pair(options).handshake(highest)));
}

TEST_CASE("name-only lookup: without it the level must be the account's own") {
    BmcOptions options;
    options.limit = Privilege::administrator;
    HandshakeSettings as_operator;
    as_operator.privilege = Privilege::operator_level;
    as_operator.open_session_privilege = Privilege::operator_level;
    CHECK(established(Pair(options).handshake(as_operator)));
    as_operator.name_only_lookup = false;
    CHECK(failure_with(options, as_operator) == HandshakeFailure{Stage::rakp2, Reason::refused, 0x0d});
    HandshakeSettings exact;
    exact.name_only_lookup = false;
    CHECK(established(Pair(options).handshake(exact)));
}

TEST_CASE("a level above the account's is refused as the BMC refuses it") {
    BmcOptions options;
    options.limit = Privilege::operator_level;
    CHECK(failure_with(options) == HandshakeFailure{Stage::rakp2, Reason::refused, 0x0d});
    options.privilege_refusal = 0x09;
    CHECK(failure_with(options) == HandshakeFailure{Stage::rakp2, Reason::privilege, 0x09});
}

TEST_CASE("a BMC key: right, wrong, missing, and beginning with 00") {
    const Bytes kg = from_hex("00112233445566778899");
    const Bytes other = from_hex("00112233445566778898");
    BmcOptions options;
    options.kg = kg;
    CHECK(established(Pair(options, credentials("admin", "password", kg)).handshake()));
    const HandshakeFailure mismatch{Stage::rakp4, Reason::icv_mismatch, 0};
    CHECK(failure_with(options, {}, credentials("admin", "password", other)) == mismatch);
    CHECK(failure_with(options) == mismatch);
    CHECK(failure_with({}, {}, credentials("admin", "password", kg)) == mismatch);
}

TEST_CASE("RAKP 4: a refusal, and a wrong check value") {
    BmcOptions options;
    options.rakp4_status = 0x0f;
    CHECK(failure_with(options) == HandshakeFailure{Stage::rakp4, Reason::refused, 0x0f});
    options.rakp4_status = 0x02;
    CHECK(failure_with(options) == HandshakeFailure{Stage::rakp4, Reason::stale, 0x02});
    options.rakp4_status = 0;
    options.rakp4_icv_flip = 0x80;
    CHECK(failure_with(options) == HandshakeFailure{Stage::rakp4, Reason::icv_mismatch, 0});
}

TEST_CASE("RAKP 4 with an error, which anybody could have sent: the session that the BMC may have is closed") {
    for (const char* error : {"000f000000000000", "0002000000000000", "c7"}) {
        Pair pair;
        pair.to_console = [&](std::size_t n, Bytes& reply) {
            if (n == 2) encode_unprotected(PayloadType::rakp4, from_hex(error), reply);
            return Fate::deliver;
        };
        CHECK(failure_of(pair.handshake()).stage == Stage::rakp4);
        CHECK(pair.bmc.open_sessions() == 0);
        CHECK(std::holds_alternative<Closed>(pair.run()));
    }
}

TEST_CASE("a full BMC is busy") {
    BmcOptions options;
    options.slots = 0;
    CHECK(failure_with(options) == HandshakeFailure{Stage::open_session, Reason::busy, 0x01});
}

TEST_CASE("each message lost once: Open Session is repeated, RAKP never") {
    for (std::size_t lost = 0; lost < 3; ++lost) {
        Pair pair;
        pair.to_bmc = [&](std::size_t n, const Bytes&) { return n == lost ? Fate::lose : Fate::deliver; };
        const Event event = pair.handshake();
        if (lost == 0) {
            CHECK(established(event));
            CHECK(pair.sent[0] == pair.sent[1]);
            CHECK(pair.now - Time{} >= std::chrono::seconds(1));
        } else {
            const Stage stage = lost == 1 ? Stage::rakp2 : Stage::rakp4;
            CHECK(failure_of(event) == HandshakeFailure{stage, Reason::silence, 0});
            // The last one gives back what the BMC may hold.
            CHECK(pair.sent.size() == lost + 2);
        }
    }
    for (std::size_t lost = 0; lost < 3; ++lost) {
        Pair pair;
        pair.to_console = [&](std::size_t n, Bytes&) { return n == lost ? Fate::lose : Fate::deliver; };
        const Event event = pair.handshake();
        if (lost == 0) {
            CHECK(established(event));
        } else {
            const Stage stage = lost == 1 ? Stage::rakp2 : Stage::rakp4;
            CHECK(failure_of(event) == HandshakeFailure{stage, Reason::silence, 0});
        }
    }
}

TEST_CASE("each reply duplicated: the second one is dropped") {
    for (std::size_t twice = 0; twice < 3; ++twice) {
        Pair pair;
        pair.to_console = [&](std::size_t n, Bytes&) { return n == twice ? Fate::duplicate : Fate::deliver; };
        CHECK(established(pair.handshake()));
        CHECK(std::holds_alternative<Answer>(pair.command({NetFn::app, 0x01, Repeat::anew, {}})));
        CHECK(pair.session->dropped() == 1);
    }
}

TEST_CASE("a request duplicated on the way: the BMC's answer to the second does not hurt") {
    for (std::size_t twice = 0; twice < 3; ++twice) {
        Pair pair;
        pair.to_bmc = [&](std::size_t n, const Bytes&) { return n == twice ? Fate::duplicate : Fate::deliver; };
        CHECK(established(pair.handshake()));
        CHECK(std::holds_alternative<Answer>(pair.command({NetFn::app, 0x01, Repeat::anew, {}})));
        CHECK(pair.session->dropped() == 1);
        // A doubled Open Session leaves a half-open session behind.
        CHECK(pair.bmc.open_sessions() == (twice == 0 ? 2 : 1));
    }
}

TEST_CASE("a reply of the last attempt that arrives in the next is dropped") {
    Pair pair;
    std::vector<Bytes> late;
    pair.to_console = [&](std::size_t, Bytes& reply) {
        late.push_back(reply);
        return Fate::deliver;
    };
    CHECK(established(pair.handshake()));
    REQUIRE(late.size() == 3);
    pair.to_console = nullptr;
    // The same BMC, the same account, a new attempt; the old replies come in before each of its own.
    pair.session.emplace(HandshakeSettings{}, pair.account, Timing{}, pair.random, pair.now, pair.out);
    pair.carry();
    for (int step = 0; step < 3; ++step) {
        for (Bytes reply : late) {
            Bytes out;
            CHECK(nothing(pair.session->receive(reply, pair.now, out)));
            CHECK(out.empty());
        }
        REQUIRE_FALSE(pair.inbox.empty());
        pair.arrived = pair.inbox.front();
        pair.inbox.pop_front();
        const Event event = pair.session->receive(pair.arrived, pair.now, pair.out);
        CHECK(established(event) == (step == 2));
        pair.carry();
    }
    CHECK(pair.session->dropped() == 9);
}

TEST_CASE("an error for somebody else is dropped, one without a name ends the attempt") {
    const auto offer = [](const std::string& payload) {
        Scripted random;
        random.bytes = from_hex("01020304 2a000000");  // session ID 04030201h, tag 2Ah
        const Credentials account = credentials();
        Bytes out;
        Session session({}, account, Timing{}, random, Time{}, out);
        Bytes datagram;
        encode_unprotected(PayloadType::open_session_response, from_hex(payload), datagram);
        Event event = session.receive(datagram, Time{}, out);
        return std::pair(std::move(event), session.dropped() == 1);
    };
    const auto is_dropped = [&](const std::string& payload) { return offer(payload).second; };
    const auto status_of = [&](const std::string& payload) { return failure_of(offer(payload).first).status; };
    CHECK(is_dropped("2a 11 0000 99999999"));  // another session's
    CHECK(is_dropped("99 11 0000 00000000"));  // another tag, and no session
    CHECK(is_dropped("99 11"));
    CHECK(status_of("2a 11 0000 01020304") == 0x11);
    CHECK(status_of("99 11 0000 01020304") == 0x11);
    CHECK(status_of("00 11 0000 00000000") == 0x11);
    CHECK(status_of("2a 11") == 0x11);
    // Success needs both.
    const std::string tail =
        " 05060708 0000000803000000 0100000804000000 0200000801000000";
    CHECK(is_dropped("00 00 0400 00000000" + tail));
    CHECK(is_dropped("2a 00 0400 00000000" + tail));
    CHECK(is_dropped("2a 00 0400 01020305" + tail));
    CHECK(is_dropped("99 00 0400 01020304" + tail));
    CHECK_FALSE(is_dropped("2a 00 0400 01020304" + tail));
    // Cut short under our tag: not a BMC that makes sense.
    CHECK(failure_of(offer("2a 00 0400 01020304").first).reason == Reason::protocol);
    CHECK(is_dropped("99 00 0400 01020304"));
}

TEST_CASE("no truncated or flipped reply leads to a session that is not the BMC's own") {
    for (std::size_t target = 0; target < 3; ++target) {
        Pair probe;
        std::vector<Bytes> replies;
        probe.to_console = [&](std::size_t, Bytes& reply) {
            replies.push_back(reply);
            return Fate::deliver;
        };
        REQUIRE(established(probe.handshake()));
        const Bytes good = replies[target];
        const auto attempt = [&](const Bytes& damaged, bool may_establish) {
            Pair pair;
            pair.to_console = [&](std::size_t n, Bytes& reply) {
                if (n == target) reply = damaged;
                return n == target || n < target || may_establish ? Fate::deliver : Fate::lose;
            };
            const Event event = pair.handshake();
            CHECK((may_establish || !established(event)));
            if (established(event)) {
                // Then nothing that matters was damaged: commands work.
                CHECK(std::holds_alternative<Answer>(pair.command({NetFn::app, 0x01, Repeat::anew, {}})));
            }
        };
        each_truncation(good, [&](const Bytes& cut) { attempt(cut, false); });
        each_flip(good, [&](const Bytes& flipped, std::size_t) { attempt(flipped, true); });
    }
}

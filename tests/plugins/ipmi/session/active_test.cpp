#include "plugins/ipmi/session/active.hpp"

#include <catch2/catch.hpp>

#include "plugins/ipmi/command/chassis.hpp"
#include "plugins/ipmi/command/device_id.hpp"
#include "plugins/ipmi/command/session.hpp"
#include "tests/plugins/ipmi/session/pair.hpp"
#include "tests/plugins/ipmi/wire/hex.hpp"
#include "tests/plugins/ipmi/wire/mangle.hpp"

using namespace haas::ipmi;

namespace {

// A pair with a session at ADMINISTRATOR.
struct Ready : Pair {
    explicit Ready(BmcOptions options = {}) : Pair(options) {
        REQUIRE(established(handshake()));
        REQUIRE(answer(set_session_privilege_level(Privilege::administrator)).completion_code == 0);
        sent.clear();
        replies = 0;
        bmc.requests.clear();
    }

    Answer answer(Request request) { return std::get<Answer>(command(std::move(request))); }
    Answer status() { return answer(chassis_status()); }

    // The first n datagrams in a direction are lost from now on.
    void lose_to_bmc(std::size_t n) {
        sent.clear();
        to_bmc = [n](std::size_t i, const Bytes&) { return i < n ? Fate::lose : Fate::deliver; };
    }
    void lose_to_console(std::size_t n) {
        replies = 0;
        to_console = [n](std::size_t i, Bytes&) { return i < n ? Fate::lose : Fate::deliver; };
    }
};

std::uint32_t sequence_of(const Bytes& datagram) { return peek_rmcpp_header(datagram)->sequence; }

}  // namespace

TEST_CASE("a command is answered with completion code, data and the BMC's sequence number") {
    Ready pair;
    const Answer first = pair.status();
    CHECK(first.completion_code == 0);
    CHECK(parse_chassis_status(first.data)->power_on);
    CHECK(first.sends == 1);
    CHECK(first.bmc_sequence == 2);  // 1 was the answer to Set Session Privilege Level
    CHECK(pair.answer(device_id()).bmc_sequence == 3);
    CHECK(pair.session->ready());
    CHECK_FALSE(pair.session->deadline());
}

TEST_CASE("a refused command is an answer too") {
    BmcOptions options;
    options.limit = Privilege::operator_level;
    options.refuse_privilege_at_rakp = false;
    Pair pair(options);
    REQUIRE(established(pair.handshake()));
    const auto code_of = [&](Request request) {
        return std::get<Answer>(pair.command(std::move(request))).completion_code;
    };
    CHECK(code_of(set_session_privilege_level(Privilege::administrator)) == 0x80);
    // A session begins at USER.
    CHECK(code_of(chassis_control(ChassisControl::power_up)) == 0xd4);
    CHECK(code_of(set_session_privilege_level(Privilege::operator_level)) == 0);
    CHECK(code_of(chassis_control(ChassisControl::power_up)) == 0);
    CHECK(pair.bmc.chassis_controls == Bytes{0x01});
}

TEST_CASE("an idempotent request is repeated under a new sequence number") {
    Ready pair;
    pair.lose_to_console(1);
    const Time begin = pair.now;
    const Answer answer = pair.status();
    CHECK(answer.sends == 2);
    CHECK(pair.bmc.requests.size() == 2);  // executed anew, else a BMC slower than the timer would never satisfy us
    REQUIRE(pair.sent.size() == 2);
    CHECK(sequence_of(pair.sent[1]) == sequence_of(pair.sent[0]) + 1);
    CHECK(pair.now - begin >= std::chrono::seconds(1));
    CHECK(pair.now - begin <= std::chrono::milliseconds(1250));
}

TEST_CASE("a BMC that knows a repeat by its rqSeq costs one wait for a lost answer, not all of them") {
    BmcOptions options;
    options.dedupe_rq_seq = true;
    Ready pair(options);
    for (int command = 0; command < 40; ++command) {
        pair.lose_to_console(1);
        CHECK(pair.status().sends == 2);
    }
    // Whichever it answers, also the first.
    pair.lose_to_console(3);
    CHECK(pair.status().sends == 4);
}

TEST_CASE("a repeat that must be identical keeps its rqSeq, and its answer is no other's") {
    BmcOptions options;
    options.dedupe_rq_seq = true;
    Ready pair(options);
    pair.lose_to_console(2);
    CHECK(std::get<NoAnswer>(pair.command(chassis_control(ChassisControl::power_cycle))).sends == 1);
    pair.session->resume(pair.now, pair.out);
    CHECK(std::get<NoAnswer>(pair.run()).sends == 2);
    CHECK(pair.bmc.chassis_controls == Bytes{0x02});
    CHECK_FALSE(pair.answer(chassis_status()).parked);
}

TEST_CASE("the answer to the first copy satisfies the second, and the second answer is dropped") {
    Ready pair;
    std::vector<Bytes> slow;
    pair.to_console = [&](std::size_t n, Bytes& reply) {
        if (n == 0) slow.push_back(reply);
        return n == 0 ? Fate::lose : Fate::deliver;
    };
    pair.session->send(chassis_status(), pair.now, pair.out);
    pair.carry();
    pair.now = *pair.session->deadline();
    CHECK(nothing(pair.session->expire(pair.now, pair.out)));
    pair.carry();
    REQUIRE(pair.inbox.size() == 1);
    CHECK(std::holds_alternative<Answer>(pair.session->receive(slow[0], pair.now, pair.out)));
    CHECK(nothing(pair.session->receive(pair.inbox[0], pair.now, pair.out)));
    CHECK(pair.session->dropped() == 1);
}

TEST_CASE("cycle with its answer lost: sent once, then parked; the repeat is the identical datagram, executed once") {
    Ready pair;
    const std::uint32_t before = pair.status().bmc_sequence;
    pair.sent.clear();
    pair.lose_to_console(1);
    const Event event = pair.command(chassis_control(ChassisControl::power_cycle));
    CHECK(std::get<NoAnswer>(event).sends == 1);
    CHECK(pair.session->ready());
    CHECK(pair.session->has_parked());
    pair.session->resume(pair.now, pair.out);
    CHECK(std::get<NoAnswer>(pair.run()).sends == 2);
    REQUIRE(pair.sent.size() == 2);
    CHECK(pair.sent[0] == pair.sent[1]);
    CHECK(pair.bmc.chassis_controls == Bytes{0x02});
    // The evidence: the number of the next answer shows that one was sent and lost.
    CHECK(numbers_between(before, pair.status().bmc_sequence) == 1);
}

TEST_CASE("cycle with requests lost: executed once, or evidently not at all") {
    Ready pair;
    const std::uint32_t before = pair.status().bmc_sequence;
    CHECK(pair.session->seen_sequence() == before);
    const std::uint32_t sent = pair.session->sent_sequence();
    pair.lose_to_bmc(2);
    CHECK(std::holds_alternative<NoAnswer>(pair.command(chassis_control(ChassisControl::power_cycle))));
    pair.session->resume(pair.now, pair.out);
    CHECK(std::holds_alternative<NoAnswer>(pair.run()));
    CHECK(pair.bmc.chassis_controls.empty());
    CHECK(numbers_between(before, pair.status().bmc_sequence) == 0);
    CHECK(pair.session->sent_sequence() == sent + 2);
    pair.session->resume(pair.now, pair.out);
    const Answer answer = std::get<Answer>(pair.run());
    CHECK(answer.sends == 3);
    CHECK_FALSE(answer.parked);
    CHECK(pair.bmc.chassis_controls == Bytes{0x02});
    CHECK(pair.session->sent_sequence() == sent + 2);
}

TEST_CASE("the late answer to a parked request is taken while another is in flight, and that one is answered too") {
    Ready pair;
    Bytes late;
    pair.to_console = [&](std::size_t n, Bytes& reply) {
        if (n == 0) late = reply;
        return n == 0 ? Fate::lose : Fate::deliver;
    };
    CHECK(std::holds_alternative<NoAnswer>(pair.command(chassis_control(ChassisControl::hard_reset))));
    pair.session->send(chassis_status(), pair.now, pair.out);
    const Event event = pair.session->receive(late, pair.now, pair.out);
    CHECK(std::get<Answer>(event).parked);
    CHECK(std::get<Answer>(event).completion_code == 0);
    CHECK_FALSE(pair.session->has_parked());
    CHECK_FALSE(pair.session->ready());
    pair.session->abandon();
    CHECK_FALSE(pair.status().parked);
}

TEST_CASE("a parked request that is abandoned, or followed by another of its kind, is not answered any more") {
    const bool followed = GENERATE(false, true);
    Ready pair;
    Bytes late;
    pair.to_console = [&](std::size_t n, Bytes& reply) {
        if (n == 0) late = reply;
        return n == 0 ? Fate::lose : Fate::deliver;
    };
    CHECK(std::holds_alternative<NoAnswer>(pair.command(chassis_control(ChassisControl::hard_reset))));
    if (followed) pair.session->send(chassis_control(ChassisControl::power_down), pair.now, pair.out);
    else pair.session->abandon();
    CHECK(nothing(pair.session->receive(late, pair.now, pair.out)));
    CHECK_FALSE(pair.session->has_parked());
}

TEST_CASE("a cycle duplicated by the network is executed once") {
    Ready pair;
    pair.to_bmc = [](std::size_t, const Bytes&) { return Fate::duplicate; };
    CHECK(pair.answer(chassis_control(ChassisControl::power_cycle)).completion_code == 0);
    CHECK(pair.bmc.chassis_controls == Bytes{0x02});
}

TEST_CASE("CFh, duplicate request, is not the answer") {
    Ready pair;
    pair.bmc.options.next_completion_code = 0xcf;
    const Answer answer = pair.status();
    CHECK(answer.completion_code == 0);
    CHECK(answer.sends == 2);
}

TEST_CASE("other completion codes are the caller's to judge") {
    Ready pair;
    const Bytes codes{0xc0, 0xc3, 0xd2, 0xd4, 0xff};
    for (const std::uint8_t code : codes) {
        pair.bmc.options.next_completion_code = code;
        CHECK(pair.status().completion_code == code);
    }
}

TEST_CASE("an abandoned request's answer is dropped, also when the same command is asked again") {
    Ready pair;
    pair.session->send(chassis_status(), pair.now, pair.out);
    pair.carry();
    REQUIRE(pair.inbox.size() == 1);
    Bytes late = pair.inbox[0];
    pair.inbox.clear();
    pair.session->abandon();
    CHECK(pair.session->ready());
    CHECK_FALSE(pair.session->deadline());
    pair.session->send(chassis_status(), pair.now, pair.out);
    CHECK(nothing(pair.session->receive(late, pair.now, pair.out)));
    CHECK_FALSE(pair.session->ready());
}

TEST_CASE("rqSeq goes round after 64 commands") {
    Ready pair;
    for (int i = 0; i < 130; ++i) CHECK(pair.status().completion_code == 0);
}

TEST_CASE("a wrong message checksum under a valid AuthCode is counted and taken") {
    BmcOptions options;
    options.wrong_checksums = true;
    Ready pair(options);
    CHECK(parse_chassis_status(pair.status().data)->power_on);
    CHECK(pair.session->bad_checksums() == 2);
    CHECK(pair.session->dropped() == 0);
}

TEST_CASE("answers that clear the flags are dropped, until nothing is left but silence") {
    Ready pair;
    pair.bmc.options.clear_flag_answers = true;
    CHECK(std::get<NoAnswer>(pair.command(chassis_status())).sends == 4);
    CHECK(pair.session->dropped() == 4);
}

TEST_CASE("answers that clear the flags are taken where the node says so, and then need a good checksum") {
    BmcOptions options;
    options.clear_flag_answers = true;
    Pair pair(options);
    HandshakeSettings settings;
    settings.quirks.add(Quirk::clear_flag);
    REQUIRE(established(pair.handshake(settings)));
    const Answer answer = std::get<Answer>(pair.command(chassis_status()));
    CHECK(parse_chassis_status(answer.data)->power_on);
    CHECK(answer.bmc_sequence == 0);  // no evidence
    pair.bmc.options.wrong_checksums = true;
    CHECK(std::holds_alternative<NoAnswer>(pair.command(chassis_status())));
}

TEST_CASE("a replayed answer is dropped") {
    Ready pair;
    pair.to_console = [](std::size_t, Bytes&) { return Fate::duplicate; };
    CHECK(pair.status().completion_code == 0);
    pair.to_console = nullptr;
    CHECK(pair.status().completion_code == 0);
    CHECK(pair.session->dropped() == 1);
}

TEST_CASE("damaged answers are dropped, and the good one is taken after all of them") {
    Ready pair;
    pair.session->send(chassis_status(), pair.now, pair.out);
    pair.carry();
    REQUIRE(pair.inbox.size() == 1);
    const Bytes good = pair.inbox[0];
    Bytes out;
    each_truncation(good, [&](Bytes cut) { CHECK(nothing(pair.session->receive(cut, pair.now, out))); });
    each_flip(good, [&](Bytes flipped, std::size_t at) {
        if (at != 1 && at != 2) CHECK(nothing(pair.session->receive(flipped, pair.now, out)));
    });
    Bytes untouched = good;
    CHECK(std::holds_alternative<Answer>(pair.session->receive(untouched, pair.now, out)));
}

TEST_CASE("a BMC that uses every second number, and one whose numbers wrap") {
    BmcOptions options;
    options.sequence_step = 2;
    Ready asrock(options);
    for (int i = 0; i < 40; ++i) CHECK(asrock.status().sends == 1);

    Ready wrapping;
    // In two steps: what lies more than half the numbers ahead would be behind.
    wrapping.bmc.continue_after(0x7ffffffe);
    CHECK(wrapping.status().bmc_sequence == 0x7fffffff);
    wrapping.bmc.continue_after(0xfffffffd);
    CHECK(wrapping.status().bmc_sequence == 0xfffffffe);
    CHECK(wrapping.status().bmc_sequence == 0xffffffff);
    CHECK(wrapping.status().bmc_sequence == 1);
    CHECK(wrapping.status().bmc_sequence == 2);
}

TEST_CASE("what nobody asked for is dropped and disturbs nothing") {
    Ready pair;
    pair.session->send(chassis_status(), pair.now, pair.out);
    // A request of another command; and a notice with the wrong payload type, too short for a message.
    Bytes request = pair.bmc.unsolicited(PayloadType::ipmi, from_hex("81304f 200021 0000000000 bf"));
    Bytes stump = pair.bmc.unsolicited(PayloadType::ipmi, from_hex("8104"));
    Bytes out;
    CHECK(nothing(pair.session->receive(request, pair.now, out)));
    CHECK(nothing(pair.session->receive(stump, pair.now, out)));
    CHECK(pair.session->dropped() == 2);
    CHECK(std::holds_alternative<Answer>(pair.run()));
}

TEST_CASE("an answer to another command, netFn or rqSeq is not the answer") {
    Ready pair;
    pair.session->send(chassis_status(), pair.now, pair.out);
    pair.carry();
    pair.inbox.clear();
    const auto offer = [&](std::uint8_t netfn, std::uint8_t command, std::uint8_t rq_seq, Bytes body) {
        Message message;
        message.to = console_address;
        message.from = bmc_address;
        message.netfn = netfn;
        message.command = command;
        message.rq_seq = rq_seq;
        message.body = body;
        Bytes payload;
        encode_message(message, payload);
        Bytes datagram = pair.bmc.unsolicited(PayloadType::ipmi, payload);
        return pair.session->receive(datagram, pair.now, pair.out);
    };
    const std::uint8_t rq_seq = 1;  // 0 was Set Session Privilege Level
    CHECK(nothing(offer(0x07, 0x01, rq_seq, from_hex("00"))));
    CHECK(nothing(offer(0x01, 0x02, rq_seq, from_hex("00"))));
    CHECK(nothing(offer(0x01, 0x01, rq_seq + 1, from_hex("00"))));
    CHECK(nothing(offer(0x00, 0x01, rq_seq, from_hex("00"))));  // a request
    CHECK(nothing(offer(0x01, 0x01, rq_seq, {})));              // no completion code
    CHECK(std::holds_alternative<Answer>(offer(0x01, 0x01, rq_seq, from_hex("c1"))));
}

TEST_CASE("a BMC that forgot the session is silent; the session says so and stays usable for a close") {
    Ready pair;
    pair.bmc.reboot();
    CHECK(std::get<NoAnswer>(pair.command(chassis_status())).sends == 4);
    CHECK(pair.session->ready());
    const Time begin = pair.now;
    CHECK(std::holds_alternative<Closed>(pair.close()));
    CHECK(pair.session->is_over());
    // Two sends of half a second, each with up to a quarter more.
    CHECK(pair.now - begin <= std::chrono::milliseconds(1250));
}

TEST_CASE("close frees the BMC's slot, also while a request is in flight") {
    Ready pair;
    pair.session->send(chassis_status(), pair.now, pair.out);
    CHECK(std::holds_alternative<Closed>(pair.close()));
    CHECK(pair.bmc.open_sessions() == 0);
    CHECK(pair.session->is_over());
    CHECK(pair.bmc.requests.back().data == from_hex("01000002"));  // the BMC's session ID, low byte first
}

TEST_CASE("whatever a BMC says to Close Session, the session is over") {
    Ready pair;
    pair.bmc.options.next_completion_code = 0x87;
    CHECK(std::holds_alternative<Closed>(pair.close()));
}

TEST_CASE("a lost answer to Close Session costs one repeat") {
    Ready pair;
    pair.lose_to_console(1);
    CHECK(std::holds_alternative<Closed>(pair.close()));
    CHECK(pair.sent.size() == 2);
}

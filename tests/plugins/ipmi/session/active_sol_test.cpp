// SOL beside the requests of an active session.
#include <catch2/catch.hpp>

#include "plugins/ipmi/command/chassis.hpp"
#include "plugins/ipmi/session/active.hpp"
#include "tests/plugins/ipmi/session/pair.hpp"
#include "tests/plugins/ipmi/wire/hex.hpp"

using namespace haas::ipmi;

namespace {

struct Ready : Pair {
    Ready() { REQUIRE(established(handshake())); }
};

}  // namespace

TEST_CASE("SOL and the notice of another's SOL are handed on, beside a request in flight") {
    Ready pair;
    pair.session->send(chassis_status(), pair.now, pair.out);
    Bytes sol = pair.bmc.unsolicited(PayloadType::sol, from_hex("01000000 68690d0a"));
    // phosphor-net-ipmid's request "SOL activating" (netFn 0Ch, command 20h).
    Bytes notice = pair.bmc.unsolicited(PayloadType::ipmi, from_hex("81304f 200020 0000000000 c0"));
    Bytes out;
    const Event received = pair.session->receive(sol, pair.now, out);
    REQUIRE(std::holds_alternative<SolReceived>(received));
    CHECK(copy(std::get<SolReceived>(received).payload) == from_hex("01000000 68690d0a"));
    CHECK(std::holds_alternative<SolActivating>(pair.session->receive(notice, pair.now, out)));
    CHECK(pair.session->sol_received() == 1);
    CHECK(pair.session->dropped() == 0);
    // Nothing is sent twice into it.
    CHECK(nothing(pair.session->receive(sol, pair.now, out)));
    CHECK(pair.session->sol_received() == 1);
    CHECK(std::holds_alternative<Answer>(pair.run()));
}

TEST_CASE("a SOL payload goes out encrypted under the session's next number, and no answer is awaited") {
    Ready pair;
    const std::uint32_t before = pair.session->sent_sequence();
    pair.session->send_sol(from_hex("00010200"), pair.out);
    const auto header = peek_rmcpp_header(pair.out);
    REQUIRE(header);
    CHECK(header->type == PayloadType::sol);
    CHECK(header->encrypted);
    CHECK(header->authenticated);
    CHECK(header->sequence == before + 1);
    CHECK(pair.session->sol_sent() == 1);
    CHECK(pair.session->ready());
    CHECK_FALSE(pair.session->deadline());
}

TEST_CASE("a verb that is doubted early is parked as one whose time is over: its answer is taken when it comes") {
    Ready pair;
    pair.session->send(chassis_control(ChassisControl::hard_reset), pair.now, pair.out);
    pair.session->park();
    CHECK(pair.session->ready());
    CHECK(pair.session->has_parked());
    CHECK_FALSE(pair.session->deadline());
    const Event event = pair.run();
    REQUIRE(std::holds_alternative<Answer>(event));
    CHECK(std::get<Answer>(event).parked);
}

// What the tests of the login policy share: whole logins against the fake BMC, and failures without one.
#pragma once

#include <initializer_list>
#include <optional>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

#include "plugins/ipmi/session/login.hpp"
#include "tests/plugins/ipmi/session/pair.hpp"

namespace haas::ipmi {

struct Attempted {
    bool established = false;
    std::vector<HandshakeSettings> tried;
    GiveUp gave_up;
};

// A whole login: handshakes until one succeeds or the policy gives up.
inline Attempted log_in(Pair& pair, const LoginPolicy& policy = {}, std::optional<HandshakeSettings> learnt = std::nullopt) {
    Login login(policy, learnt);
    Attempted outcome;
    while (outcome.tried.size() < 30) {
        outcome.tried.push_back(login.settings());
        const Event event = pair.handshake(login.settings());
        if (established(event)) {
            outcome.established = true;
            return outcome;
        }
        const auto next = login.failed(failure_of(event));
        if (const auto* gave_up = std::get_if<GiveUp>(&next)) {
            outcome.gave_up = *gave_up;
            return outcome;
        }
        CHECK(std::get<TryAgain>(next).settings == login.settings());
    }
    FAIL("the login never ends");
    return outcome;
}

inline Attempted log_in(BmcOptions options, const LoginPolicy& policy = {}, Credentials who = credentials()) {
    Pair pair(std::move(options), std::move(who));
    return log_in(pair, policy);
}

inline BmcOptions only(CipherSuite suite, std::uint8_t refusal) {
    BmcOptions options;
    options.suite_17 = suite == CipherSuite::suite_17;
    options.suite_3 = suite == CipherSuite::suite_3;
    options.suite_refusal = refusal;
    return options;
}

// Feeds a login failures that no fake BMC is needed for.
inline GiveUp last_of(Login login, std::initializer_list<HandshakeFailure> failures) {
    std::variant<TryAgain, GiveUp> next;
    for (const HandshakeFailure& failure : failures) next = login.failed(failure);
    return std::get<GiveUp>(next);
}

inline HandshakeFailure at_open_session(Reason reason, std::uint8_t status) { return {Stage::open_session, reason, status}; }

inline const Bytes suite_refusals{0x01, 0x04, 0x05, 0x08, 0x09, 0x0a, 0x10, 0x11, 0x12};

}  // namespace haas::ipmi

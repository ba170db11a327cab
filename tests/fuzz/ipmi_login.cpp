// The policy of one login attempt: the fuzzer says how each handshake ends.  However it does, an attempt is short, never
// asks for more than it was allowed, and is final only on good grounds.
#include <array>
#include <optional>
#include <variant>

#include "plugins/ipmi/session/login.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace haas::ipmi {
namespace {

using fuzz::Choices;
using fuzz::require;
using Stage = HandshakeFailure::Stage;
using Reason = HandshakeFailure::Reason;

constexpr unsigned most_verdicts = 3;
// A handshake that lost a datagram, or that the BMC has forgotten, is no verdict and is started anew, but not for ever.
constexpr unsigned most_handshakes = 24;

LoginPolicy policy_from(Choices& choices) {
    LoginPolicy policy;
    policy.privilege = static_cast<Privilege>(2 + choices.below(3));
    const std::uint8_t flags = choices.byte();
    policy.name_only_lookup = (flags & 1) == 0;
    policy.allow_suite_3 = (flags & 2) == 0;
    for (unsigned bit = 0; bit < 3; ++bit) {
        constexpr std::array pinned{Quirk::highest_privilege, Quirk::opensesspriv, Quirk::no_name_only};
        if ((flags & 4U << bit) != 0) policy.quirks.add(pinned[bit]);
    }
    // What Quirks::parse() refuses does not come here.
    if (policy.quirks.has(Quirk::highest_privilege) && policy.quirks.bars_highest()) policy.quirks = {};
    return policy;
}

std::optional<HandshakeSettings> learnt_from(Choices& choices) {
    const std::uint8_t flags = choices.byte();
    if ((flags & 1) == 0) return std::nullopt;
    HandshakeSettings learnt;
    learnt.suite = (flags & 2) != 0 ? CipherSuite::suite_3 : CipherSuite::suite_17;
    learnt.privilege = static_cast<Privilege>(2 + (flags >> 2) % 3);
    learnt.open_session_privilege = (flags & 0x10) != 0 ? Privilege::highest : learnt.privilege;
    return learnt;
}

HandshakeFailure failure_from(Choices& choices) {
    const std::uint8_t how = choices.byte();
    const auto stage = static_cast<Stage>(how % 3);
    const auto reason = static_cast<Reason>(how / 3 % 9);
    return {stage, reason, choices.byte()};
}

void stays_within(const LoginPolicy& policy, const HandshakeSettings& settings) {
    require(settings.privilege <= policy.privilege, "no higher privilege level than the policy's is asked for");
    require(settings.open_session_privilege == settings.privilege ||
                settings.open_session_privilege == Privilege::highest,
            "Open Session asks for the same level or for `highest`");
    require(policy.allow_suite_3 || settings.suite == CipherSuite::suite_17, "suite 3 only where it is allowed");
    require(settings.name_only_lookup == (policy.name_only_lookup && !policy.quirks.bars_name_only()),
            "the lookup is the policy's");
    require(settings.open_session_privilege != Privilege::highest || !policy.quirks.bars_highest(),
            "`highest` is not asked of a BMC that is known to hash with it");
}

struct Heard {
    unsigned verdicts = 0;
    unsigned refusals = 0;   // of the account, not authenticated
    bool under_mac = false;  // a code that can only differ when the keys do
};

void note(Heard& heard, const HandshakeFailure& failure) {
    if (failure.reason != Reason::silence && failure.reason != Reason::stale) ++heard.verdicts;
    if (failure.reason == Reason::refused || failure.reason == Reason::privilege) ++heard.refusals;
    if (failure.reason == Reason::hmac_mismatch || failure.reason == Reason::icv_mismatch) heard.under_mac = true;
}

void ends_well(const Heard& heard, const GiveUp& gave_up) {
    require(!gave_up.sentence.empty(), "the end has a sentence");
    if (!gave_up.final) return;
    require(gave_up.error == ErrorClass::credentials || gave_up.error == ErrorClass::privilege,
            "only the account is refused for good");
    require(heard.under_mac || heard.refusals >= 2, "what anybody could have said counts when it was said twice");
}

void attempt(Choices& choices) {
    const LoginPolicy policy = policy_from(choices);
    Login login(policy, learnt_from(choices));
    Heard heard;
    for (unsigned handshakes = 1;; ++handshakes) {
        stays_within(policy, login.settings());
        const HandshakeFailure failure = failure_from(choices);
        note(heard, failure);
        const auto next = login.failed(failure);
        if (const auto* gave_up = std::get_if<GiveUp>(&next)) return ends_well(heard, *gave_up);
        require(std::get<TryAgain>(next).settings == login.settings(), "both tell the same settings");
        require(heard.verdicts < most_verdicts, "an attempt takes at most three verdicts");
        require(handshakes < most_handshakes, "an attempt takes a bounded number of handshakes");
    }
}

}  // namespace
}  // namespace haas::ipmi

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    haas::fuzz::Choices choices({data, size});
    haas::ipmi::attempt(choices);
    return 0;
}

#include "plugins/ipmi/session/login.hpp"

#include <algorithm>
#include <cstdio>

#include "plugins/ipmi/wire/status.hpp"

namespace haas::ipmi {
namespace {

using Stage = HandshakeFailure::Stage;
using Reason = HandshakeFailure::Reason;

constexpr unsigned max_handshakes = 3;
// ipmitool starts its triple of messages anew up to four times; where a fifth of all datagrams is lost, one login in eight
// would still fail with that.
constexpr unsigned max_restarts = 12;
// A BMC that says "no such session" to Open Session itself means something else by it.
constexpr unsigned max_forgotten = 3;

CipherSuite other(CipherSuite suite) noexcept {
    return suite == CipherSuite::suite_17 ? CipherSuite::suite_3 : CipherSuite::suite_17;
}

std::string number(CipherSuite suite) { return std::to_string(static_cast<unsigned>(suite)); }

const char* name(Stage stage) noexcept {
    switch (stage) {
        case Stage::open_session: return "Open Session";
        case Stage::rakp2: return "RAKP 1";
        case Stage::rakp4: return "RAKP 3";
    }
    return "the handshake";
}

// What the BMC said, for the end of a sentence: "status 0Dh, unauthorized name".
std::string words(const HandshakeFailure& failure) {
    if (failure.reason == Reason::silence) return "no answer";
    if (failure.status == 0) {
        return failure.reason == Reason::cipher ? "it answered with other algorithms" : "malformed answer";
    }
    char code[24];
    std::snprintf(code, sizeof code, "status %02Xh, ", failure.status);
    return code + std::string(describe(static_cast<Status>(failure.status)));
}

bool says_no_such_suite(const HandshakeFailure& failure) noexcept {
    return failure.reason == Reason::cipher && failure.status != static_cast<std::uint8_t>(Status::illegal_parameter);
}

}  // namespace

Login::Login(const LoginPolicy& policy, const std::optional<HandshakeSettings>& learnt, bool suite_known)
    : policy_(policy) {
    settings_.privilege = policy.privilege;
    settings_.quirks = policy.quirks;
    settings_.open_session_privilege =
        policy.quirks.has(Quirk::highest_privilege) ? Privilege::highest : policy.privilege;
    if (learnt) {
        suite_known_ = suite_known;
        settings_.suite = learnt->suite;
        // What was learnt under another policy must not go beyond this one.
        settings_.privilege = std::min(learnt->privilege, policy.privilege);
        const bool highest =
            learnt->open_session_privilege == Privilege::highest && !policy.quirks.bars_highest();
        settings_.open_session_privilege = highest ? Privilege::highest : settings_.privilege;
    }
    if (!policy.allow_suite_3 && settings_.suite != CipherSuite::suite_17) {
        settings_.suite = CipherSuite::suite_17;
        suite_known_ = false;
    }
    settings_.name_only_lookup = policy.name_only_lookup && !policy.quirks.bars_name_only();
}

std::variant<TryAgain, GiveUp> Login::failed(const HandshakeFailure& failure) {
    mismatched_ = failure.stage != Stage::rakp4 && (mismatched_ || failure.reason == Reason::hmac_mismatch);
    const Next decided = decide(failure);
    // However the fall-back ended, what stands is that the passwords differ.
    if (mismatched_ && std::holds_alternative<GiveUp>(decided)) {
        return GiveUp{ErrorClass::credentials, true,
                      "the BMC has another password for this user: its RAKP 2 code does not match (where more than 16 "
                      "bytes were set, some tools stored only the first 16)"};
    }
    return decided;
}

Login::Next Login::decide(const HandshakeFailure& failure) {
    // Whatever came later: Open Session went well, and with it the suite.
    suite_accepted_ = suite_accepted_ || failure.stage != Stage::open_session;
    // These two are no verdict on the settings.
    if (failure.reason == Reason::silence) return silent(failure);
    if (failure.reason == Reason::stale && failure.stage != Stage::open_session && restart()) return TryAgain{settings_};
    if (failure.reason == Reason::stale && forgotten_++ < max_forgotten) return TryAgain{settings_};

    ++verdicts_;
    // Each BMC has its own way to refuse a suite in Open Session: 11h, 04h, 05h, 10h, 09h, 0Ah, 12h, 01h, and 08h on
    // Supermicro X10 (ipmitool issue 154).  What it says there is only believed when both suites were refused.
    if (failure.stage == Stage::open_session) {
        // Trying the other suite would end in the weaker one, if a slot became free just then.
        if (suite_known_ && failure.reason == Reason::busy) return no_free_session(failure);
        return suite_accepted_ ? fall_back_refused(failure) : suite_refused(failure);
    }
    const std::string said = words(failure);
    switch (failure.reason) {
        case Reason::privilege: return privilege_refused(failure);
        case Reason::refused:
            // Its RAKP 2 has proved the password: whatever this is about, that is not it.
            if (failure.stage == Stage::rakp4) {
                return next(repeat(), {ErrorClass::protocol, false,
                                       "the BMC has the same password, but refuses what RAKP 3 proves it with, as models do "
                                       "that need a quirk: " + said});
            }
            return identity_refused(failure);
        case Reason::cipher: return suite_refused(failure);
        case Reason::hmac_mismatch:
            // Some BMCs hash with the privilege level of Open Session, some only know the highest there.
            return next(ask_for_highest(), {ErrorClass::credentials, true, "the BMC has another password"});
        case Reason::icv_mismatch:
            return GiveUp{ErrorClass::credentials, true,
                          "the BMC key Kg is wrong or missing: the password matched, the RAKP 4 check value did not"};
        case Reason::busy: return no_free_session(failure);
        case Reason::stale:
            return GiveUp{ErrorClass::protocol, false, "the BMC keeps forgetting the handshake: " + said};
        case Reason::silence:
        case Reason::protocol: break;
    }
    return next(repeat(), {ErrorClass::protocol, false,
                           std::string("the BMC's answer to ") + name(failure.stage) + " makes no sense: " + said});
}

Login::Next Login::silent(const HandshakeFailure& failure) {
    if (failure.stage != Stage::open_session) {
        // It lives, and a datagram was lost: RAKP messages must not be repeated, so the whole handshake is.
        return next(restart(), {ErrorClass::unreachable, false,
                                std::string("the BMC answers Open Session, but not ") + name(failure.stage)});
    }
    const GiveUp unreachable{ErrorClass::unreachable, false, "the BMC does not answer"};
    // What was found out about the password is not put off by silence.
    if (mismatched_) return unreachable;
    if (verdicts_ == 0 && restarts_ == 0) {
        // It may not be there, it may have bad luck, and it may be one that is silent on a suite it does not know.
        if (silences_++ > 0) return unreachable;
        if (!suite_known_) static_cast<void>(change_suite(failure));
        return TryAgain{settings_};
    }
    if (first_suite_refusal_ && first_suite_refusal_->reason == Reason::busy) {
        return no_free_session(*first_suite_refusal_);
    }
    if (!suite_accepted_ && first_suite_refusal_ && first_suite_refusal_->reason != Reason::silence) {
        return GiveUp{ErrorClass::cipher, false,
                      "the BMC refuses cipher suite " + number(other(settings_.suite)) + " (" +
                          words(*first_suite_refusal_) + ") and does not answer when asked for suite " +
                          number(settings_.suite)};
    }
    return next(restart(), unreachable);
}

Login::Next Login::no_free_session(const HandshakeFailure& failure) {
    return GiveUp{ErrorClass::busy, false, "the BMC has no free session: " + words(failure)};
}

Login::Next Login::suite_refused(const HandshakeFailure& failure) {
    // So it is there after all, and the first suite only had bad luck.
    if (first_suite_refusal_ && first_suite_refusal_->reason == Reason::silence && verdicts_ < max_handshakes) {
        first_suite_refusal_ = failure;
        settings_.suite = other(settings_.suite);
        return TryAgain{settings_};
    }
    if (change_suite(failure)) return TryAgain{settings_};
    return no_suite_left(failure);
}

// Open Session went well before, so this is not about the suite but about the privilege level asked for now.
Login::Next Login::fall_back_refused(const HandshakeFailure& failure) {
    return failure.reason == Reason::busy ? no_free_session(failure) : privilege_refused(failure);
}

// Both suites were refused, or the second is not allowed.  Now the statuses are taken at their word.
Login::Next Login::no_suite_left(const HandshakeFailure& failure) {
    const bool single = !first_suite_refusal_.has_value();
    const HandshakeFailure first = first_suite_refusal_.value_or(failure);
    // 01h from one suite is only believed when the other says 01h too, or that it does not exist: a BMC that speaks
    // suite 17 alone and has no slot left.
    const bool both_could_be_busy = (first.reason == Reason::busy || says_no_such_suite(first)) &&
                                    (failure.reason == Reason::busy || says_no_such_suite(failure));
    if (both_could_be_busy && (first.reason == Reason::busy || failure.reason == Reason::busy)) {
        return no_free_session(first.reason == Reason::busy ? first : failure);
    }
    if (failure.reason == Reason::privilege || first.reason == Reason::privilege) {
        level_refused_in_both_ = !single && failure.reason == first.reason;
        // The suite that was refused for its privilege level is the one that exists.
        if (failure.reason != Reason::privilege && verdicts_ < max_handshakes) settings_.suite = other(settings_.suite);
        // No refusal of the account, which Open Session does not name: old Tyans take nothing but "highest" here, others no
        // more than their channel allows.  The last handshake gives way in both.
        const bool last = verdicts_ + 1 == max_handshakes;
        const bool highest = ask_for_highest();
        const bool lower = (last || !highest) && fall_to_operator();
        return next(highest || lower,
                    {ErrorClass::privilege, false, "the BMC refuses the privilege level: " + words(failure)});
    }
    if (failure.reason == Reason::refused) return identity_refused(failure);
    const std::string second = single ? ", and weaker suites are not allowed"
                                      : " and suite " + number(settings_.suite) + " (" + words(failure) + ")";
    const CipherSuite refused_first = single ? settings_.suite : other(settings_.suite);
    return GiveUp{failure.reason == Reason::cipher || first.reason == Reason::cipher ? ErrorClass::cipher
                                                                                     : ErrorClass::protocol,
                  false, "the BMC refuses cipher suite " + number(refused_first) + " (" + words(first) + ")" + second};
}

Login::Next Login::privilege_refused(const HandshakeFailure& failure) {
    // After a fall-back it may have been said in other words, which are none about the account; and Open Session names none.
    const bool about_the_account = failure.reason == Reason::privilege || failure.reason == Reason::refused;
    if (about_the_account && failure.stage != Stage::open_session) ++refusals_;
    const bool repeated = refusals_ > 1;
    return next(fall_to_operator() || ask_for_highest() || (!repeated && repeat()),
                {ErrorClass::privilege, repeated,
                 "the BMC does not give this account the privilege level: " + words(failure)});
}

Login::Next Login::identity_refused(const HandshakeFailure& failure) {
    ++refusals_;
    const bool about_the_name = failure.status == static_cast<std::uint8_t>(Status::unauthorized_name);
    // 0Dh may mean that the account has a lower level; said twice it is about the name.
    const bool again = refusals_ < 2 && ((about_the_name && (fall_to_operator() || ask_for_highest())) || repeat());
    const std::string what =
        about_the_name ? "the user name (unknown, disabled or locked): " : "the user name or password: ";
    // Anybody could have sent the one refusal: it must not be taken for the last word on this account.
    const bool repeated = refusals_ > 1;
    return next(again, {repeated ? ErrorClass::credentials : ErrorClass::protocol, repeated, "the BMC refuses " + what + words(failure)});
}

bool Login::restart() {
    if (restarts_ >= max_restarts) return false;
    ++restarts_;
    return true;
}

bool Login::repeat() {
    if (repeated_ || verdicts_ >= max_handshakes) return false;
    repeated_ = true;
    return true;
}

bool Login::change_suite(const HandshakeFailure& failure) {
    const CipherSuite to = other(settings_.suite);
    if (first_suite_refusal_ || verdicts_ >= max_handshakes) return false;
    if (to == CipherSuite::suite_3 && !policy_.allow_suite_3) return false;
    first_suite_refusal_ = failure;
    settings_.suite = to;
    suite_accepted_ = false;
    return true;
}

bool Login::fall_to_operator() {
    if (privilege_fell_ || verdicts_ >= max_handshakes) return false;
    if (settings_.privilege <= Privilege::operator_level) return false;
    privilege_fell_ = true;
    settings_.privilege = Privilege::operator_level;
    if (settings_.open_session_privilege != Privilege::highest) {
        settings_.open_session_privilege = Privilege::operator_level;
    }
    return true;
}

bool Login::ask_for_highest() {
    if (asked_for_highest_ || verdicts_ >= max_handshakes) return false;
    if (settings_.open_session_privilege == Privilege::highest || policy_.quirks.bars_highest()) return false;
    asked_for_highest_ = true;
    settings_.open_session_privilege = Privilege::highest;
    return true;
}

Login::Next Login::next(bool stepped, GiveUp otherwise) const {
    if (stepped) return TryAgain{settings_};
    return otherwise;
}

}  // namespace haas::ipmi

// The policy of one login attempt: which handshakes to try, in what order, and when to give up for good.
// Pure: it is told how each handshake ended and says what comes next.  Knows no bytes and no time.
//
// An attempt is at most three handshakes that get a verdict: the learnt settings (or suite 17, the wanted privilege
// level, name-only lookup), the privilege fall-back, and the other suite where the first was refused.  A handshake
// that only lost a datagram, or that the BMC had forgotten, is started anew a bounded number of times: it got no
// verdict, and none of its messages may be repeated.  The very first Open Session is tried once more where nobody
// answers, with the other suite unless one is known to be right.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "plugins/ipmi/command/error_class.hpp"
#include "plugins/ipmi/session/failure.hpp"
#include "plugins/ipmi/session/settings.hpp"

namespace haas::ipmi {

struct LoginPolicy {
    Privilege privilege = Privilege::administrator;
    bool name_only_lookup = true;
    // False: suite 17 or nothing.  An unauthenticated error would otherwise let an attacker on the management network
    // choose the weaker suite.
    bool allow_suite_3 = true;
    Quirks quirks;

    friend bool operator==(const LoginPolicy&, const LoginPolicy&) = default;
};

// Make the next handshake with these.
struct TryAgain {
    HandshakeSettings settings;
};

struct GiveUp {
    ErrorClass error = ErrorClass::protocol;
    // The BMC has refused who we are, or the level that we ask for, twice or under a MAC, and asking again could lock the
    // account: no further packet until the node's fields change or an operator asks for it.
    bool final = false;
    // One sentence without the BMC's name: "the BMC refused the password: ...".
    std::string sentence;
};

class Login {
public:
    // `learnt`: the settings of this BMC's last session, if there was one; with `suite_known` its suite is more than a
    // guess.
    explicit Login(const LoginPolicy& policy, const std::optional<HandshakeSettings>& learnt = std::nullopt,
                   bool suite_known = true);

    // Of the first handshake, later of the one that failed() asked for.
    const HandshakeSettings& settings() const noexcept { return settings_; }

    // The suite was only changed because the BMC said "no resources" (01h), which may have been meant as it was said,
    // refused both suites for the privilege level, or was silent: the suite that works now need not be the best that both
    // sides have.
    bool suite_is_a_guess() const noexcept {
        return first_suite_refusal_ && (first_suite_refusal_->reason == HandshakeFailure::Reason::busy ||
                                        first_suite_refusal_->reason == HandshakeFailure::Reason::silence ||
                                        level_refused_in_both_);
    }

    // The handshake with settings() ended in this.  Not to be called again after GiveUp.
    std::variant<TryAgain, GiveUp> failed(const HandshakeFailure& failure);

private:
    using Next = std::variant<TryAgain, GiveUp>;

    // Each takes the step if the attempt still has it, and says whether it did.
    bool restart();
    bool repeat();
    bool change_suite(const HandshakeFailure& failure);
    bool fall_to_operator();
    bool ask_for_highest();

    Next decide(const HandshakeFailure& failure);
    Next next(bool stepped, GiveUp otherwise) const;
    Next suite_refused(const HandshakeFailure& failure);
    static Next no_free_session(const HandshakeFailure& failure);
    Next no_suite_left(const HandshakeFailure& failure);
    Next fall_back_refused(const HandshakeFailure& failure);
    Next privilege_refused(const HandshakeFailure& failure);
    Next identity_refused(const HandshakeFailure& failure);
    Next silent(const HandshakeFailure& failure);

    LoginPolicy policy_;
    HandshakeSettings settings_;
    unsigned verdicts_ = 0;      // handshakes that ended in one
    unsigned restarts_ = 0;      // those that ended in none
    unsigned forgotten_ = 0;     // Open Session answered with "no such session"
    unsigned silences_ = 0;      // Open Session without any answer, before the BMC was heard of
    unsigned refusals_ = 0;      // verdicts on the account, not authenticated
    bool mismatched_ = false;    // the last RAKP 2 that came was made with another password
    bool suite_known_ = false;   // a session with it has been
    bool suite_accepted_ = false;
    bool privilege_fell_ = false;
    bool asked_for_highest_ = false;
    bool repeated_ = false;
    bool level_refused_in_both_ = false;  // suites, in Open Session
    // Set once the suite was changed: how the first one was refused.
    std::optional<HandshakeFailure> first_suite_refusal_;
};

}  // namespace haas::ipmi

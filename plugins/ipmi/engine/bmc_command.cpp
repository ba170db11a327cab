// The commands of the running operation: prove that the session lives, raise its privilege level, send the request.
// What becomes of a verb that is not answered is told in bmc_verb.cpp.
#include <utility>

#include "plugins/ipmi/command/completion.hpp"
#include "plugins/ipmi/command/session.hpp"
#include "plugins/ipmi/engine/bmc.hpp"

namespace haas::ipmi {
namespace {

constexpr std::uint8_t accepted = 0x00;
constexpr std::uint8_t level_not_available = 0x80;
constexpr std::uint8_t level_over_limit = 0x81;
constexpr std::uint8_t unknown_command = 0xc1;
constexpr std::uint8_t insufficient_privilege = 0xd4;

}  // namespace

void Bmc::send_next(Time now) {
    const Procedure& procedure = running_->procedure;
    // Sets the session up, as RAKP does: spacing is for what comes after.
    if (!running_->verb.unanswered && procedure.needs_privilege() && may_raise()) {
        doubt_old_session(now);
        send(set_session_privilege_level(learnt_->privilege), Doing::raising, now);
        return;
    }
    if (must_wait(now)) return;
    if (running_->verb.unanswered) return look_for_evidence(now);
    const bool old = doubt_old_session(now);
    // A verb is never sent into a session that may be dead: its silence would say nothing about the verb.
    if (procedure.repeatable()) {
        send(procedure.request(), Doing::request, now);
    } else if (old) {
        send(chassis_status(), Doing::proving, now);
    } else {
        begin_verb(now);
    }
}

bool Bmc::may_raise() const noexcept {
    return level_ < learnt_->privilege && !target_.policy.quirks.lacks_privilege_command();
}

// True: it has not been heard of for a while, and has to show that it is alive.
bool Bmc::doubt_old_session(Time now) {
    if (now - heard_at_ <= patience_.fresh) return false;
    const bool prints = console_ && console_->machine().active();
    prove_by_ = now + (prints ? patience_.console_proof : patience_.proof);
    return true;
}

// The BMC is given its time between two commands, whichever of its guests they are from.
bool Bmc::must_wait(Time now) {
    const Time earliest = peer_->last_command + target_.spacing.value_or(patience_.spacing);
    if (now >= earliest) {
        peer_->last_command = now;
        return false;
    }
    resume_at_ = earliest;
    return true;
}

void Bmc::send(const Request& request, Doing doing, Time now) {
    running_->doing = doing;
    running_->sent_at = now;
    session_->send(request, now, surroundings_.buffer());
    transmit(peer_->endpoint());
}

void Bmc::on_answer(const Answer& answer, Time now) {
    heard_at_ = now;
    prove_by_.reset();
    if (!running_) return;
    if (!answer.parked) is_slow_ = now - running_->sent_at >= patience_.slow;
    if (answer.parked) on_verb_answered();
    const bool is_status = running_->doing == Doing::evidence || running_->doing == Doing::proving ||
                           std::holds_alternative<QueryPower>(running_->operation->wish());
    if (is_status && answer.completion_code == accepted) {
        if (const auto status = parse_chassis_status(answer.data)) {
            peer_->power = Peer::PowerSeen{status->power_on, now};
        }
    }
    switch (running_->doing) {
        case Doing::raising: on_raised(answer.completion_code, now); break;
        case Doing::evidence: on_evidence(answer, now); break;
        case Doing::request:
            // Some BMCs want more than USER even for a status.
            if (answer.completion_code == insufficient_privilege && may_raise()) {
                send(set_session_privilege_level(learnt_->privilege), Doing::raising, now);
            } else {
                const Procedure::Step step = running_->procedure.answered(answer.completion_code, answer.data);
                learn(running_->procedure.maker());
                on_step(step, now);
            }
            break;
        case Doing::proving:
        case Doing::nothing: break;
    }
}

void Bmc::on_raised(std::uint8_t completion_code, Time now) {
    const Request request = set_session_privilege_level(learnt_->privilege);
    const bool refused = completion_code == level_not_available || completion_code == level_over_limit;
    // Where there is no such command, no session can need it.
    if (completion_code == accepted || completion_code == unknown_command) {
        level_ = learnt_->privilege;
    } else if (refused && learnt_->privilege > Privilege::operator_level) {
        // Power and boot flags need no more than OPERATOR; the account may have just that.
        learnt_->privilege = Privilege::operator_level;
        HandshakeSettings settings = *in_use_;
        settings.privilege = Privilege::operator_level;
        use(settings);
    } else if (explain(request, completion_code).retry) {
        try_later({failure_of(request, completion_code)}, now);
    } else {
        Outcome outcome = failure_of(request, completion_code);
        outcome.perhaps_done = false;
        finish(std::move(outcome), now);
    }
}

void Bmc::on_step(const Procedure::Step& step, Time now) {
    if (const auto* outcome = std::get_if<Outcome>(&step)) {
        finish(*outcome, now);
    } else if (const auto* later = std::get_if<Procedure::Later>(&step)) {
        try_later(*later, now);
    }
}

void Bmc::try_later(const Procedure::Later& later, Time now) {
    const Time resume = now + back_off(running_->back_offs++);
    if (resume >= running_->operation->deadline() || (later.once && running_->asked_again)) {
        finish(later.otherwise, now);
        return;
    }
    running_->asked_again = running_->asked_again || later.once;
    running_->doing = Doing::nothing;
    resume_at_ = resume;
}

void Bmc::on_no_answer(Time now) {
    if (!running_) return;
    Verb& verb = running_->verb;
    if (running_->doing == Doing::request && !running_->procedure.repeatable()) {
        verb.unanswered = true;
    } else if (running_->doing == Doing::evidence && !std::exchange(verb.asked_in_vain, true)) {
        // The only session that can tell is worth some patience.
    } else {
        rebuild(now);
    }
}

// The session is dead: the BMC was restarted, or has dropped it.  What was in flight is safe to send in a new one,
// unless it is a verb.
void Bmc::rebuild(Time now) {
    prove_by_.reset();
    const bool doubt = in_doubt();
    // In case that it is alive and only the way to it is bad, its slot is to be free again.
    part(now);
    Outcome outcome;
    outcome.kind = Outcome::Kind::timed_out;
    outcome.perhaps_done = doubt;
    if (running_->verb.unanswered) {
        outcome.sentence = "the BMC fell silent after it was sent the request: whether it did it is not known";
        finish(std::move(outcome), now);
    } else if (running_->rebuilt) {
        outcome.sentence = "the BMC accepts a session, but does not answer in it";
        finish(std::move(outcome), now);
    } else {
        running_->rebuilt = true;
        running_->doing = Doing::nothing;
    }
}

}  // namespace haas::ipmi

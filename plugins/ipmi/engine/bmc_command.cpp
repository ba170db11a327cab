// The commands of the running operation: prove that the session lives, raise its privilege level, send the request,
// and find out what became of one that was not answered.
#include <algorithm>

#include "plugins/ipmi/command/completion.hpp"
#include "plugins/ipmi/command/session.hpp"
#include "plugins/ipmi/engine/bmc.hpp"
#include "plugins/ipmi/session/receive_window.hpp"

namespace haas::ipmi {
namespace {

constexpr std::uint8_t accepted = 0x00;
constexpr std::uint8_t level_not_available = 0x80;
constexpr std::uint8_t level_over_limit = 0x81;
constexpr std::uint8_t unknown_command = 0xc1;
constexpr std::uint8_t insufficient_privilege = 0xd4;

Outcome no_answer(bool perhaps_done, std::string sentence) {
    Outcome outcome;
    outcome.kind = Outcome::Kind::timed_out;
    outcome.perhaps_done = perhaps_done;
    outcome.sentence = std::move(sentence);
    return outcome;
}

}  // namespace

void Bmc::send_next(Time now) {
    const bool old = now - heard_at_ > patience_.fresh;
    const Procedure& procedure = running_->procedure;
    if (running_->unanswered) {
        send(chassis_status(), Doing::evidence, now);
        return;
    }
    // A verb is never sent into a session that may be dead: its silence would say nothing about the verb.
    if (procedure.needs_privilege() && level_ < learnt_->privilege) {
        send(set_session_privilege_level(learnt_->privilege), Doing::raising, now);
    } else if (old && !procedure.repeatable()) {
        send(chassis_status(), Doing::proving, now);
    } else {
        running_->sequence_before = last_sequence_;
        send(procedure.request(), Doing::request, now);
    }
    if (old && (running_->doing != Doing::request || procedure.repeatable())) prove_by_ = now + patience_.proof;
}

void Bmc::send(const Request& request, Doing doing, Time now) {
    running_->doing = doing;
    session_->send(request, now, out_);
    static_cast<void>(transmit());
}

void Bmc::on_answer(const Answer& answer, Time now) {
    heard_at_ = now;
    prove_by_.reset();
    if (!running_) return;
    switch (running_->doing) {
        case Doing::raising: on_raised(answer.completion_code, now); break;
        case Doing::evidence: on_evidence(answer); break;
        case Doing::request:
            // Some BMCs want more than USER even for a status.
            if (answer.completion_code == insufficient_privilege && level_ < learnt_->privilege) {
                send(set_session_privilege_level(learnt_->privilege), Doing::raising, now);
            } else {
                on_step(running_->procedure.answered(answer.completion_code, answer.data), now);
            }
            break;
        case Doing::proving:
        case Doing::nothing: break;
    }
    last_sequence_ = answer.bmc_sequence;
}

void Bmc::on_raised(std::uint8_t completion_code, Time now) {
    const Request request = set_session_privilege_level(learnt_->privilege);
    const bool refused = completion_code == level_not_available || completion_code == level_over_limit;
    // Intel 82571 pass-through has no such command, and its sessions need none (ipmitool `i82571spt`).
    if (completion_code == accepted || completion_code == unknown_command) {
        level_ = learnt_->privilege;
    } else if (refused && learnt_->privilege > Privilege::operator_level) {
        // Power and boot flags need no more than OPERATOR; the account may have just that.
        learnt_->privilege = Privilege::operator_level;
        facts_->privilege = Privilege::operator_level;
        surroundings_.learnt(*this, *facts_);
    } else if (explain(request, completion_code).retry) {
        try_later({failure_of(request, completion_code)}, now);
    } else {
        Outcome outcome = failure_of(request, completion_code);
        outcome.perhaps_done = false;
        finish(std::move(outcome));
    }
}

void Bmc::on_step(const Procedure::Step& step, Time now) {
    if (const auto* outcome = std::get_if<Outcome>(&step)) {
        finish(*outcome);
    } else if (const auto* later = std::get_if<Procedure::Later>(&step)) {
        try_later(*later, now);
    }
}

void Bmc::try_later(const Procedure::Later& later, Time now) {
    const Time resume = now + back_off(running_->back_offs++);
    if (resume >= running_->operation->deadline() || (later.once && running_->asked_again)) {
        finish(later.otherwise);
        return;
    }
    running_->asked_again = running_->asked_again || later.once;
    running_->doing = Doing::nothing;
    resume_at_ = resume;
}

// The BMC numbers what it sends.  If no number is missing between its last answer before the request and this one, it
// has not answered the request, so the request never reached it.  A missing number is an answer that was lost.
void Bmc::on_evidence(const Answer& answer) {
    const std::uint32_t before = running_->sequence_before;
    if (before != 0 && numbers_between(before, answer.bmc_sequence) == 0) {
        finish(no_answer(false, "the request was lost on the way to the BMC, every time it was sent"));
    } else {
        finish(no_answer(true, "the BMC's answer was lost: whether it did what it was asked is not known"));
    }
}

void Bmc::on_no_answer(Time now) {
    if (!running_) return;
    if (running_->doing == Doing::evidence) {
        session_->close(now, out_);
        static_cast<void>(transmit());
        drop_session();
        phase_ = Phase::idle;
        finish(no_answer(true, "the BMC fell silent after it was sent the request: whether it did it is not known"));
    } else if (running_->doing == Doing::request && !running_->procedure.repeatable()) {
        running_->unanswered = true;
    } else {
        rebuild(now);
    }
}

// The session is dead: the BMC was restarted, or has dropped it.  What was in flight is safe to send in a new one.
void Bmc::rebuild(Time now) {
    const bool doubt = in_doubt();
    // In case that it is alive and only the way to it is bad, its slot is to be free again.  Nobody waits for this.
    session_->close(now, out_);
    static_cast<void>(transmit());
    drop_session();
    phase_ = Phase::idle;
    if (running_->rebuilt) {
        finish(no_answer(doubt, "the BMC accepts a session, but does not answer in it"));
        return;
    }
    running_->rebuilt = true;
    running_->doing = Doing::nothing;
}

}  // namespace haas::ipmi

// At most once: what became of a verb that was sent and not answered.  Design of the rule:
//
// - Whatever is sent again is the identical datagram, under the same session sequence number.  If the BMC has executed
//   the first, its replay window drops the second; if the first is still under way, or the BMC still works on it while
//   it answers a status, that holds all the same.  So sending again needs no certainty, and evidence that is wrong
//   costs an outcome, never a second reset.
// - The BMC numbers what it sends, one number for each answer.  After a later status was answered, more numbers used
//   than that status and its repeats can account for mean that the verb was answered too, so it did arrive: from then
//   on it is not sent any more.  Its answer may still be under way, and is taken when it comes.
// - That it was answered does not say that it was accepted.  Only where the power state was seen to be another one
//   before and is now the one asked for, it is known.  (At least one number must be there for the answer: a state that
//   changed without one has changed by someone else's doing, or the verb still hangs.)  Else the outcome is "unknown".
// - SOL's packets have numbers too.  Those of the BMC's that came are not counted as answers; one that was lost is, and
//   then the verb is not sent again.  Ours would soon leave the verb's too far behind: SOL is held back until the verb is
//   answered, for a moment, and evidence is asked for early (bmc_console.cpp).
// - A datagram that is too many numbers behind is dropped by the BMC for that alone, so there is an end to it.
#include <algorithm>

#include "plugins/ipmi/command/chassis.hpp"
#include "plugins/ipmi/engine/bmc.hpp"
#include "plugins/ipmi/session/receive_window.hpp"

namespace haas::ipmi {
namespace {

// FreeIPMI accepts 8 numbers on either side; BMCs are taken to bear no more.
constexpr std::uint32_t most_numbers_behind = 7;
// Where a fifth of all datagrams is lost, one verb in three thousand needs more.
constexpr unsigned most_sends = 5;

Outcome unknown(const char* sentence) {
    Outcome outcome;
    outcome.kind = Outcome::Kind::timed_out;
    outcome.perhaps_done = true;
    outcome.sentence = sentence;
    return outcome;
}

// The power state that a verb leads to, where it leads to one; a cycle passes through it, and stays for a while.
std::optional<bool> goal_of(const Wish& wish) noexcept {
    const auto* power = std::get_if<ControlPower>(&wish);
    if (power == nullptr) return std::nullopt;
    switch (power->control) {
        case ChassisControl::power_up: return true;
        case ChassisControl::power_down:
        case ChassisControl::power_cycle:
        case ChassisControl::soft_shutdown: return false;
        default: return std::nullopt;
    }
}

}  // namespace

void Bmc::begin_verb(Time now) {
    Verb verb;
    verb.sends = 1;
    verb.seen = session_->seen_sequence();
    verb.sol_seen = session_->sol_received();
    verb.sent_at = now;
    if (peer_->power && now - peer_->power->at <= patience_.known) verb.power_before = peer_->power->on;
    peer_->power.reset();
    send(running_->procedure.request(), Doing::request, now);
    verb.number = verb.sent = session_->sent_sequence();
    verb.sol_sent = session_->sol_sent();
    running_->verb = verb;
}

void Bmc::look_for_evidence(Time now) {
    Verb& verb = running_->verb;
    if (!verb.again) {
        send(chassis_status(), Doing::evidence, now);
        return;
    }
    verb.again = false;
    ++verb.sends;
    running_->doing = Doing::request;
    running_->sent_at = now;
    session_->resume(now, surroundings_.buffer());
    transmit(peer_->endpoint());
}

// Its own answer came after all.
void Bmc::on_verb_answered() {
    session_->abandon();
    running_->verb = {};
    running_->doing = Doing::request;
}

void Bmc::on_evidence(const Answer& answer, Time now) {
    Verb& verb = running_->verb;
    const std::optional<bool> goal = goal_of(running_->operation->wish());
    // A BMC without numbers gives no evidence.  One that leaves some out, or answers an earlier request only now, gives
    // the wrong one: then the verb is not sent again, and counts as unknown, unless the power state speaks for it.
    if (verb.seen != 0 && answer.bmc_sequence != 0 && !verb.answered) {
        const std::uint32_t sol = session_->sol_received() - verb.sol_seen;
        const std::uint32_t used = numbers_between(verb.seen, answer.bmc_sequence) + 1;
        const std::uint32_t numbers = used - std::min(used, sol);
        const std::uint32_t others = session_->sent_sequence() - verb.sent - (session_->sol_sent() - verb.sol_sent);
        verb.perhaps_answered = verb.perhaps_answered || numbers > 1;
        verb.answered = numbers > others;
        verb.settle_by = now + (goal ? patience_.settle : patience_.first_back_off);
        verb.seen = session_->seen_sequence();
        verb.sent = session_->sent_sequence();
        verb.sol_seen = session_->sol_received();
        verb.sol_sent = session_->sol_sent();
    }
    // As this answer tells it, for it was forgotten when the verb was sent.
    const auto& power = peer_->power;
    const bool reached = goal && power && power->at == now && power->on == *goal && verb.power_before &&
                         *verb.power_before != *goal && verb.perhaps_answered;
    if (reached) {
        Outcome done;
        done.sentence = "the BMC's answer was lost; its numbering and the power state show that it did it";
        finish(std::move(done), now);
    } else if (!verb.answered) {
        verb.again = verb.sends < most_sends && session_->sent_sequence() - verb.number < most_numbers_behind;
        if (verb.again) return;
        finish(unknown("the BMC answers other requests, but not this one: whether it did it is not known"), now);
    } else if (now < verb.settle_by) {
        running_->doing = Doing::nothing;
        resume_at_ = now + back_off(running_->back_offs++);
    } else {
        finish(unknown("the BMC's answer was lost: whether it did what it was asked is not known"), now);
    }
}

}  // namespace haas::ipmi

#include "core/node/power.hpp"

#include <utility>

#include <fmt/format.h>

#include "core/base/log.hpp"

namespace haas::node {

using driver::Power;
using driver::Verb;

std::string_view name(Verdict verdict) noexcept {
    switch (verdict) {
        case Verdict::reached: return "reached";
        case Verdict::accepted: return "accepted";
        case Verdict::unverifiable: break;
    }
    return "unverifiable";
}

void Transition::begin(Verb verb, Loop::Time now) noexcept {
    switch (verb) {
        case Verb::power_on: awaits_ = Awaits::on; break;
        case Verb::power_off:
        case Verb::soft_off: awaits_ = Awaits::off; break;
        case Verb::power_cycle: awaits_ = Awaits::off_then_on; break;
        case Verb::reset: awaits_ = Awaits::nothing; break;  // the state does not change
    }
    begun_ = now;
    if (verb != Verb::reset) changed_ = now;
    seen_off_ = false;
    ++verbs_;
}

bool Transition::settled(Power power, Loop::Time now) noexcept {
    seen_off_ = seen_off_ || power == Power::off;
    bool over = now >= begun_ + settle_time;
    switch (awaits_) {
        case Awaits::nothing: over = true; break;
        case Awaits::on: over = over || power == Power::on; break;
        case Awaits::off: over = over || power == Power::off; break;
        case Awaits::off_then_on:
            over = over || (power == Power::on && (seen_off_ || now >= begun_ + unseen_cycle_time));
            break;
    }
    if (over) awaits_ = Awaits::nothing;
    return over;
}

bool Transition::must_wait(Verb verb, Power power, Loop::Time now) noexcept {
    if (settled(power, now)) return false;
    // The same goal once more: nothing that is under way can spoil it.  (A second press of the soft button could.)
    const bool same_goal = (verb == Verb::power_on && awaits_ == Awaits::on) ||
                           (verb == Verb::power_off && awaits_ == Awaits::off);
    return !same_goal;
}

PowerOperation::PowerOperation(Loop& loop, Loop::Time deadline, PowerRequest request, bool dry_run,
                               std::unique_ptr<Witness> witness, driver::Completion<PowerOutcome> completion)
    : Operation(deadline),
      loop_(loop),
      request_(request),
      dry_run_(dry_run),
      witness_(std::move(witness)),
      completion_(std::move(completion)) {}

void PowerOperation::start(driver::Node& bmc, Finished finished) {
    bmc_ = &bmc;
    finished_ = std::move(finished);
    prepare_boot();
}

void PowerOperation::refuse(const Error& why) { completion_(tl::unexpected(why)); }

void PowerOperation::cancel() {
    if (bmc_ == nullptr) return;
    cancelled_ = true;
    pause_ == Loop::Timer::none ? bmc_->cancel(running_) : end_pause();
}

void PowerOperation::withdraw() {
    if (bmc_ == nullptr) return;
    withdrawn_ = true;
    if (pause_ != Loop::Timer::none) return end_pause();
    if (sends_ == 0) bmc_->cancel(running_);  // a question, whose answer nobody needs
}

// Between two questions nothing is under way that could answer.
void PowerOperation::end_pause() {
    loop_.cancel(pause_);
    pause_ = loop_.at(loop_.now(), [self = shared_from_this(), this] {
        pause_ = Loop::Timer::none;
        given_up();
    });
}

// Before anything is sent: is it wanted no more?  Then this is its end.
bool PowerOperation::given_up() {
    if (!cancelled_ && !withdrawn_) return false;
    finish(tl::unexpected(Error{Errc::cancelled, "given up before it was sent", Effect::none}));
    return true;
}

std::optional<Verb> PowerOperation::wanted(Power power) const noexcept {
    if (request_.always && (request_.verb == Verb::power_on || request_.verb == Verb::power_off)) return request_.verb;
    switch (request_.verb) {
        case Verb::power_on: return power == Power::on ? std::nullopt : std::optional(Verb::power_on);
        case Verb::power_off: return power == Power::off ? std::nullopt : std::optional(Verb::power_off);
        case Verb::soft_off: return power == Power::off ? std::nullopt : std::optional(Verb::soft_off);
        // An off machine cannot be reset or cycled (IPMI 2.0 section 28.3 recommends D5h); switching it on is what is
        // meant.
        case Verb::reset: return power == Power::off ? Verb::power_on : Verb::reset;
        case Verb::power_cycle:
            if (power == Power::off) return Verb::power_on;
            return request_.force ? Verb::reset : Verb::power_cycle;
    }
    return std::nullopt;
}

void PowerOperation::prepare_boot() {
    if (!request_.pxe_first || dry_run_ || !bmc_->supports_boot_device()) {
        ask(&PowerOperation::decide);
        return;
    }
    const auto done = [self = shared_from_this(), this](Result<void> result) {
        if (withdrawn_) return static_cast<void>(given_up());
        if (!result) {
            // A BMC without boot options still cycles.  One that cannot be reached or logged in to is asked no more.
            const Errc code = result.error().code;
            const bool hopeless = result.error().final || code == Errc::unreachable || code == Errc::cipher ||
                                  code == Errc::timed_out || code == Errc::cancelled || cancelled_;
            if (hopeless) return finish(tl::unexpected(std::move(result.error())));
            log::info("node.boot_device.ignored", {{"code", name(code)}, {"msg", result.error().message}});
        }
        ask(&PowerOperation::decide);
    };
    running_ = bmc_->set_boot_device("pxe", false, deadline(), done);
}

void PowerOperation::ask(void (PowerOperation::*then)(Result<Power>)) {
    const auto done = [self = shared_from_this(), this, then](Result<Power> power) {
        witness_->saw(power);
        (this->*then)(std::move(power));
    };
    running_ = bmc_->status(deadline(), done);
}

void PowerOperation::decide(Result<Power> power) {
    if (withdrawn_) return static_cast<void>(given_up());
    // A BMC that cannot tell its state can perhaps still be switched.
    if (!power && power.error().code == Errc::unsupported) power = Power::unknown;
    if (!power) return finish(tl::unexpected(std::move(power.error())));
    if (given_up()) return;

    const Loop::Time now = loop_.now();
    if (!request_.always && witness_->transition().must_wait(request_.verb, *power, now)) {
        if (now + settle_poll >= deadline()) {
            return finish(fail(Errc::timed_out, "the node is still changing its state after the request before; nothing was sent"));
        }
        pause_ = loop_.at(now + settle_poll, [self = shared_from_this(), this] {
            pause_ = Loop::Timer::none;
            ask(&PowerOperation::decide);
        });
        return;
    }
    const std::optional<Verb> verb = wanted(*power);
    if (!verb) return finish(PowerOutcome{});
    before_ = *power;
    send(*verb);
}

void PowerOperation::send(Verb verb) {
    if (dry_run_) return finish(PowerOutcome{.sent = verb});
    verb_ = verb;
    ++sends_;
    const auto done = [self = shared_from_this(), this](Result<void> result) { sent(std::move(result)); };
    running_ = bmc_->submit(verb, deadline(), done);
}

void PowerOperation::sent(Result<void> result) {
    if (result || result.error().effect == Effect::unknown) {
        witness_->transition().begin(verb_, loop_.now());
        witness_->sent(verb_);
    }
    if (result) return finish(PowerOutcome{.sent = verb_});
    // A state can settle two doubts: the machine refused the verb for a state it got into meanwhile, or nobody knows
    // whether it carried the verb out.  After a cycle or reset it is on either way, and tells nothing.
    Error& error = result.error();
    const bool refused_for_state = error.code == Errc::state && sends_ == 1;
    const bool state_tells = verb_ != Verb::reset && verb_ != Verb::power_cycle;
    const bool unclear = error.effect == Effect::unknown && state_tells;
    if ((refused_for_state || unclear) && !cancelled_ && loop_.now() < deadline()) {
        doubt_ = std::move(error);
        return ask(&PowerOperation::settle_doubt);
    }
    finish(tl::unexpected(std::move(error)));
}

void PowerOperation::settle_doubt(Result<Power> power) {
    if (!power || cancelled_ || loop_.now() >= deadline()) return finish(tl::unexpected(doubt_));
    const bool refused_for_state = doubt_.code == Errc::state;
    const Power goal = verb_ == Verb::power_on ? Power::on : Power::off;
    const bool has_a_goal = verb_ != Verb::reset && verb_ != Verb::power_cycle;
    // A state that was the goal before, as with `always` it may be, says nothing about a verb that may be lost.
    const bool speaks = refused_for_state || before_ == (goal == Power::on ? Power::off : Power::on);
    if (has_a_goal && *power == goal && speaks) return finish(refused_for_state ? PowerOutcome{} : PowerOutcome{.sent = verb_});
    if (refused_for_state) {
        // The same verb would be refused again; another one has not been sent yet.
        const std::optional<Verb> verb = wanted(*power);
        if (verb && *verb != verb_ && !withdrawn_) return send(*verb);
    }
    // The goal not met proves nothing: the machine may be slow.  Sent again, the verb might be carried out twice.
    finish(tl::unexpected(doubt_));
}

void PowerOperation::finish(Result<PowerOutcome> result) {
    bmc_ = nullptr;
    completion_(std::move(result));
    std::exchange(finished_, nullptr)();
}

}  // namespace haas::node

#include "core/node/switching.hpp"

#include <algorithm>
#include <utility>

namespace haas::node {

using driver::Power;
using driver::Verb;
using namespace std::chrono_literals;

namespace {

// Often at first, because the off phase of a cycle may be a second; later less, because a shutdown may take minutes.
Loop::Duration pause_before(unsigned look) {
    if (look == 0) return 250ms;
    if (look < 30) return 500ms;
    return look < 60 ? 2s : 5s;
}

// After a forced off the state is watched for this long at least.
constexpr auto least_after_forcing = 5s;

}  // namespace

Switching::Switching(Loop& loop, Access access, PowerRequest request, driver::Completion<PowerOutcome> completion)
    : loop_(loop),
      access_(std::move(access)),
      request_(request),
      completion_(std::move(completion)),
      begin_(loop.now()) {}

Ticket Switching::start() {
    send(request_.verb);
    return Ticket(weak_from_this());
}

void Switching::abandon() {
    const auto self = shared_from_this();
    abandoned_ = true;
    request_.force_after.reset();
    watching_ ? finish(Verdict::accepted) : Ticket(verb_).abandon();
}

void Switching::send(Verb verb) {
    watching_ = false;
    PowerRequest plain = request_;
    plain.verb = verb;
    plain.wait = {};
    plain.force_after.reset();
    verb_ = access_.send(plain, [self = shared_from_this(), this](const Result<PowerOutcome>& result) {
        result ? accepted(*result) : failed(result.error());
    });
}

void Switching::failed(Error error) {
    if (!forced_) return completion_(tl::unexpected(std::move(error)));
    // The soft off was accepted, and only what came after it failed.  Nothing was sent for that: an error that says so
    // would be taken for the whole.
    if (error.code == Errc::cancelled || error.code == Errc::busy) return finish(Verdict::accepted);
    error.message = "the soft off was not followed, and forcing it failed: " + error.message;
    completion_(tl::unexpected(std::move(error)));
}

void Switching::accepted(PowerOutcome outcome) {
    const bool was_so_already = !outcome.sent && !forced_;
    if (outcome.sent || !forced_) outcome_ = outcome;
    if (was_so_already) {
        outcome_.power = goal().value_or(Power::unknown);
        return finish(Verdict::reached);
    }
    const Loop::Time now = loop_.now();
    until_ = begin_ + request_.wait;
    if (forced_) {
        until_ = std::max(until_, now + least_after_forcing);
    } else if (request_.force_after) {
        until_ = now + *request_.force_after;
    }
    looks_ = 0;
    transition_ = access_.transition();
    verbs_sent_ = transition_->verbs();
    if (abandoned_) return finish(Verdict::accepted);
    watching_ = true;
    look();
}

void Switching::look() {
    const Loop::Time next = loop_.now() + pause_before(looks_++);
    loop_.at(std::min(next, std::max(until_, loop_.now())), [self = shared_from_this(), this] {
        access_.ask([self, this](const Result<Power>& power) { seen(power); });
    });
}

std::optional<Power> Switching::goal() const noexcept {
    const Verb verb = outcome_.sent.value_or(request_.verb);
    switch (verb) {
        case Verb::power_on: return Power::on;
        case Verb::power_off:
        case Verb::soft_off: return Power::off;
        case Verb::power_cycle:
        case Verb::reset: break;
    }
    return std::nullopt;
}

void Switching::seen(const Result<Power>& power) {
    if (!watching_) return;  // it was abandoned meanwhile
    // A BMC may be silent for seconds after a power verb (a shared network port loses its link): look again.
    outcome_.power = power.value_or(Power::unknown);
    if (!power && (power.error().code == Errc::cancelled || power.error().code == Errc::not_found)) {
        return finish(Verdict::accepted);
    }
    seen_off_ = seen_off_ || outcome_.power == Power::off;
    if (goal() && outcome_.power == *goal()) return finish(Verdict::reached);
    // A reset leaves no trace in the state; a cycle does, if one looks while the node is off.
    if (outcome_.sent == Verb::reset && power) return finish(Verdict::unverifiable);
    if (outcome_.sent == Verb::power_cycle && seen_off_ && outcome_.power == Power::on) return finish(Verdict::reached);
    if (loop_.now() < until_) return look();
    out_of_time();
}

void Switching::out_of_time() {
    // Somebody else has switched the node meanwhile: what is on now is not what the soft off was meant for.
    const bool still_ours = access_.transition() == transition_ && transition_->verbs() == verbs_sent_;
    if (request_.force_after && !forced_ && still_ours) {
        forced_ = true;
        send(Verb::power_off);
        return;
    }
    const bool says_nothing = !goal() && !seen_off_;
    finish(says_nothing ? Verdict::unverifiable : Verdict::accepted);
}

void Switching::finish(Verdict verdict) {
    watching_ = false;
    outcome_.verdict = verdict;
    completion_(outcome_);
}

}  // namespace haas::node

// How a console is lost, for how long it is left alone, and what brings it back.
#include <algorithm>
#include <utility>

#include "plugins/ipmi/sol/console.hpp"

namespace haas::ipmi {

void SolConsole::activated_elsewhere(Time now) {
    if (phase_ != Phase::connected) return;
    active_ = false;
    lose(SolState::stolen, "somebody else activates Serial over LAN", timing_.after_stolen, now);
}

void SolConsole::session_gone(Time now) {
    if (std::exchange(active_, false)) deserted_ = session_.bmc_id;
    if (phase_ == Phase::connected) {
        lose(SolState::disconnected, "the session with the BMC has ended", {}, now);
    } else if (phase_ == Phase::leaving && asked_ == Asked::nothing) {
        finish();
    } else {
        drop_transfer();
    }
}

void SolConsole::session_made(Time now) {
    if (phase_ != Phase::given_up) return;
    round_ = 0;
    rest({}, now);
}

void SolConsole::power_changed(bool boots, Time now) {
    power_at_ = now;
    if (phase_ == Phase::resting) resume_at_ = std::min(*resume_at_, now + jittered(timing_.most_after_power));
    mute_at_.reset();
    if (!boots || phase_ != Phase::connected) return;
    mute_at_ = now + timing_.mute_first;
    muted_before_ = false;
}

// The present activation takes output until the BMC has ended it.
void SolConsole::renew(const char* sentence) {
    attempt_ = SolActivation::renewal(auxiliary());
    phase_ = Phase::activating;
    sign_at_.reset();
    tell(SolState::disconnected, sentence);
}

void SolConsole::lose(SolState state, const char* sentence, Wait least, Time now) {
    cancel_input(sentence);
    sign_at_.reset();
    mute_at_.reset();
    if (now - connected_at_ >= timing_.good) round_ = 0;
    rest(least, now);
    tell(state, sentence);
}

void SolConsole::rest(Wait least, Time now) {
    attempt_.reset();
    drop_transfer();
    phase_ = Phase::resting;
    Wait most = timing_.most_back_off;
    if (opening_) most = timing_.most_waiting;
    if (power_at_ && now - *power_at_ < timing_.power_memory) most = std::min(most, timing_.most_after_power);
    const Wait wait = std::min(timing_.first_back_off * (1U << std::min(round_, 10U)), most);
    ++round_;
    resume_at_ = now + jittered(std::max(wait, least));
}

// A thousand consoles that were lost together do not come back in one instant: up to half as much on top.
Duration SolConsole::jittered(Duration wait) {
    std::uint8_t jitter = 0;
    random_.fill({&jitter, 1});
    return wait + wait / 512 * jitter;
}

void SolConsole::tell(SolState state, const std::string& sentence) {
    if (state == told_ && sentence == told_sentence_) return;
    told_ = state;
    told_sentence_ = sentence;
    listener_.state(state, sentence);
}

void SolConsole::expire(Time now) {
    if (phase_ == Phase::resting && resume_at_ && now >= *resume_at_) begin_attempt();
    if (phase_ != Phase::connected || !mute_at_ || now < *mute_at_) return;
    mute_at_.reset();
    // What is held back is no silence.
    if (transfer_->paused() || transfer_->unavailable()) return;
    if (!std::exchange(muted_before_, true)) mute_at_ = now + timing_.mute_again;
    cancel_input("the console is being connected anew");
    renew("nothing was printed since the machine was switched: connecting anew");
}

std::optional<Time> SolConsole::deadline() const noexcept {
    std::optional<Time> next;
    const auto consider = [&next](const std::optional<Time>& moment) {
        if (moment && (!next || *moment < *next)) next = moment;
    };
    if (phase_ == Phase::resting) consider(resume_at_);
    if (phase_ == Phase::connected) {
        if (asked_ == Asked::nothing) consider(sign_at_);
        consider(mute_at_);
    }
    if (transfer_ && phase_ != Phase::leaving) consider(transfer_->deadline());
    return next;
}

}  // namespace haas::ipmi

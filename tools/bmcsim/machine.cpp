#include "tools/bmcsim/machine.hpp"

#include <algorithm>

#include "tools/bmcsim/completion.hpp"

namespace haas::bmcsim {

std::string_view name(Control control) noexcept {
    constexpr std::array<std::string_view, control_count> names{"off", "on", "cycle", "reset", "nmi", "soft"};
    return names[static_cast<std::size_t>(control)];
}

void Machine::settle(Time now, const Profile& profile) {
    while (!plan_.empty() && plan_.front().at <= now) {
        const Planned due = plan_.front();
        plan_.erase(plan_.begin());
        take(due.step, due.at, profile);
    }
}

void Machine::take(Step step, Time now, const Profile& profile) {
    const bool starts = step == Step::restart ? on_ : step == Step::on && !on_;
    if (starts || (step == Step::off && on_)) {
        last_change_ = now;
    }
    on_ = step == Step::off ? false : on_ || step == Step::on;
    if (starts) {
        ++boots_;
        cause_ = next_cause_;
        booted_from_ = options_.boot(now, profile);
    }
}

bool Machine::will_be_on() const noexcept { return plan_.empty() ? on_ : plan_.back().step != Step::off; }

Machine::Outcome Machine::control(Control control, Time now, const Profile& profile) {
    const bool restarts = control == Control::cycle || control == Control::reset;
    const bool ends = control == Control::off || control == Control::soft;
    const WhenOff when_off = control == Control::cycle ? profile.cycle_when_off : profile.reset_when_off;
    if (!on_ && ((restarts && when_off == WhenOff::refuse) || (ends && profile.has(Quirk::off_off_d5)))) {
        return {profile.has(Quirk::error_ff) ? completion::unspecified : completion::not_in_this_state, false};
    }
    options_.chassis_control_came(now, profile);
    if (profile.has(Quirk::power_ignored) || (!on_ && restarts && when_off == WhenOff::ignore)) {
        return {completion::ok, false};
    }
    next_cause_ = RestartCause::chassis_control;
    if (control == Control::nmi) {
        ++nmis_;
    } else if (control == Control::on || (restarts && !on_)) {
        if (!will_be_on()) {
            const Time from = plan_.empty() ? now : std::max(now, plan_.back().at);
            plan_.push_back({from + profile.on_delay, Step::on});
        }
    } else if (ends && !on_) {
        plan_.clear();  // off means off, also in the middle of a cycle
    } else if (control == Control::off) {
        plan_ = {{now + profile.off_delay, Step::off}};
    } else if (control == Control::soft && !profile.soft_ignored) {
        plan_ = {{now + profile.soft_delay, Step::off}};
    } else if (control == Control::cycle) {
        const Time off = now + profile.off_delay;
        plan_ = {{off, Step::off}, {off + profile.cycle_time, Step::on}};
    } else if (control == Control::reset) {
        plan_ = {{now + profile.reset_delay, Step::restart}};
    }
    settle(now, profile);
    return {completion::ok, true};
}

void Machine::switch_by_hand(bool on, Time now, const Profile& profile) {
    plan_.clear();
    next_cause_ = RestartCause::power_button;
    take(on ? Step::on : Step::off, now, profile);
}

}  // namespace haas::bmcsim

#include "plugins/mock/machine.hpp"

#include <algorithm>

namespace haas::mock {

bool Machine::on(Time now) {
    settle(now);
    return on_;
}

bool Machine::accepts(Verb verb, Time now) { return on(now) || (verb != Verb::reset && verb != Verb::power_cycle); }

void Machine::act(Verb verb, Time now) {
    settle(now);
    const Time done = now + slow_;
    switch (verb) {
        case Verb::power_on: coming_ = {{done, Event::on}}; break;
        case Verb::power_off:
        case Verb::soft_off: coming_ = {{done, Event::off}}; break;
        case Verb::reset: coming_ = {{done, Event::restart}}; break;
        case Verb::power_cycle: coming_ = {{done, Event::off}, {done + cycle_off_, Event::on}}; break;
    }
}

void Machine::set_boot(std::string_view device, bool persistent, Time now) {
    settle(now);
    boot_ = {std::string(device), persistent};
}

const Machine::Boot& Machine::boot(Time now) {
    settle(now);
    return boot_;
}

void Machine::settle(Time now) {
    while (!coming_.empty() && coming_.front().at <= now) {
        happen(coming_.front());
        coming_.erase(coming_.begin());
    }
}

void Machine::happen(const Coming& coming) {
    const bool boots = coming.event == Event::restart || (coming.event == Event::on && !on_);
    on_ = coming.event != Event::off;
    if (boots && !boot_.persistent) boot_ = {};
    if (boots) serial_.boot(coming.at);
    if (!on_) serial_.off(coming.at);
}

Serial& Machine::serial(Time now) {
    settle(now);
    return serial_;
}

std::optional<Time> Machine::next() const {
    const std::optional<Time> printed = serial_.next();
    if (coming_.empty()) return printed;
    return printed ? std::min(*printed, coming_.front().at) : coming_.front().at;
}

}  // namespace haas::mock

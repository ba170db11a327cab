#include "plugins/mock/machine.hpp"

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
        happen(coming_.front().event);
        coming_.erase(coming_.begin());
    }
}

void Machine::happen(Event event) {
    const bool boots = event == Event::restart || (event == Event::on && !on_);
    on_ = event != Event::off;
    if (boots && !boot_.persistent) boot_ = {};
}

}  // namespace haas::mock

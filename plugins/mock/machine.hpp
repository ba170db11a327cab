// A machine that only exists in memory: power, boot device, serial console, and how long it takes to change.  Time is
// given in; knows neither threads nor the driver ABI.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/mock/serial.hpp"

namespace haas::mock {

enum class Verb { power_on, power_off, reset, power_cycle, soft_off };

class Machine {
public:
    struct Boot {
        std::string device = "none";
        bool persistent = false;
    };

    // `slow` passes between accepting a request and having carried it out; `cycle_off` is how long a power cycle stays
    // off.
    Machine(bool on, Time slow, Time cycle_off, Serial::Settings serial = {})
        : on_(on), slow_(slow), cycle_off_(cycle_off), serial_(on, std::move(serial)) {}

    bool on(Time now);
    // False when the machine's present state does not allow it (as IPMI completion code D5h says of a machine that is
    // off and shall be reset or cycled).
    bool accepts(Verb verb, Time now);
    // A new request replaces what is still to come of the one before.
    void act(Verb verb, Time now);

    void set_boot(std::string_view device, bool persistent, Time now);
    // A setting for one boot is used up by the next power on or reset.
    const Boot& boot(Time now);

    Serial& serial(Time now);
    // When there will be more to notice on the console than now.
    std::optional<Time> next() const;

private:
    enum class Event { off, on, restart };
    struct Coming {
        Time at;
        Event event;
    };

    void settle(Time now);
    void happen(const Coming& coming);

    bool on_;
    Time slow_;
    Time cycle_off_;
    Boot boot_;
    std::vector<Coming> coming_;  // in order
    Serial serial_;
};

}  // namespace haas::mock

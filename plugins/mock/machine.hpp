// A machine that only exists in memory: power, boot device, and how long it takes to change.  Time is given in; knows
// neither threads nor the driver ABI.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace haas::mock {

using Time = std::chrono::nanoseconds;

enum class Verb { power_on, power_off, reset, power_cycle, soft_off };

class Machine {
public:
    struct Boot {
        std::string device = "none";
        bool persistent = false;
    };

    // `slow` passes between accepting a request and having carried it out; `cycle_off` is how long a power cycle stays
    // off.
    Machine(bool on, Time slow, Time cycle_off) : on_(on), slow_(slow), cycle_off_(cycle_off) {}

    bool on(Time now);
    // False when the machine's present state does not allow it (as IPMI completion code D5h says of a machine that is
    // off and shall be reset or cycled).
    bool accepts(Verb verb, Time now);
    // A new request replaces what is still to come of the one before.
    void act(Verb verb, Time now);

    void set_boot(std::string_view device, bool persistent, Time now);
    // A setting for one boot is used up by the next power on or reset.
    const Boot& boot(Time now);

private:
    enum class Event { off, on, restart };
    struct Coming {
        Time at;
        Event event;
    };

    void settle(Time now);
    void happen(Event event);

    bool on_;
    Time slow_;
    Time cycle_off_;
    Boot boot_;
    std::vector<Coming> coming_;  // in order
};

}  // namespace haas::mock

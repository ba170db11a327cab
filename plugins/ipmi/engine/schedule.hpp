// When to look at what next: one indexed heap for the alarms of all BMCs, so that ten thousand of them cost one timer.
// Knows neither clock nor BMC.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "plugins/ipmi/session/settings.hpp"

namespace haas::ipmi {

class Schedule;

// One thing's next moment.  It lives in the thing, which must take it out of the schedule before it goes.
class Alarm {
public:
    Alarm() = default;
    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;

private:
    friend class Schedule;
    static constexpr std::size_t unset = static_cast<std::size_t>(-1);
    Time when_{};
    std::size_t position_ = unset;
};

class Schedule {
public:
    // Replaces what the alarm was set to; nullopt takes it out.
    void set(Alarm& alarm, std::optional<Time> when);

    // The earliest moment any alarm is set to.
    std::optional<Time> next() const;
    // Takes out and gives the earliest alarm that is due, or nullptr.
    Alarm* pop_due(Time now);

private:
    void place(std::size_t position, Alarm* alarm) noexcept;
    void rise(std::size_t position) noexcept;
    void sink(std::size_t position) noexcept;
    void remove(Alarm& alarm) noexcept;

    std::vector<Alarm*> heap_;
};

}  // namespace haas::ipmi

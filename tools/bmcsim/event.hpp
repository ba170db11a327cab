// The last things that happened to a BMC, for people who ask `log 17`.
#pragma once

#include <string_view>

#include "tools/bmcsim/profile.hpp"

namespace haas::bmcsim {

enum class EventKind : std::uint8_t {
    login_refused, session_opened, session_closed, session_expired, control, boot, reboot, boot_flags, sol_activated,
    sol_deactivated, hung
};
std::string_view name(EventKind kind) noexcept;

struct Event {
    Time at;
    EventKind kind;
    std::uint32_t what;  // a status, a session ID, a chassis control: as its kind says
    std::uint32_t answer;  // the completion code, where there is one
};

// Keeps the last few.
class Log {
public:
    void add(Event event) {
        if (events_.size() == limit) {
            events_.erase(events_.begin());
        }
        events_.push_back(event);
    }
    const std::vector<Event>& events() const noexcept { return events_; }

private:
    static constexpr std::size_t limit = 32;
    std::vector<Event> events_;
};

}  // namespace haas::bmcsim

// The machine that a BMC manages: its power, what it will do next, and what it started from (IPMI 2.0 section 28).
// It knows no packet; the time comes in, and nothing happens until somebody looks.
#pragma once

#include <vector>

#include "tools/bmcsim/boot_options.hpp"

namespace haas::bmcsim {

// Chassis Control's data (IPMI 2.0 table 28-4).
enum class Control : std::uint8_t { off = 0, on = 1, cycle = 2, reset = 3, nmi = 4, soft = 5 };
inline constexpr std::size_t control_count = 6;
std::string_view name(Control control) noexcept;

// System restart causes (IPMI 2.0 table 28-11).
enum class RestartCause : std::uint8_t { unknown = 0, chassis_control = 1, power_button = 3 };

class Machine {
public:
    explicit Machine(const Profile& profile) : on_(profile.initially_on) {}

    // Lets all that is due happen.  Everything below speaks of the time of the last call.
    void settle(Time now, const Profile& profile);

    struct Outcome {
        std::uint8_t completion = 0;
        bool performed = false;  // some accept and do nothing
    };
    // Performs a chassis control, or says why not; the caller has settled.
    Outcome control(Control control, Time now, const Profile& profile);
    // Somebody pressed a button at the machine itself.
    void switch_by_hand(bool on, Time now, const Profile& profile);

    bool on() const noexcept { return on_; }
    // When the next planned change is due; Time::max() when nothing is planned.
    Time next_change() const noexcept { return plan_.empty() ? Time::max() : plan_.front().at; }
    std::uint32_t boots() const noexcept { return boots_; }
    std::uint32_t nmis() const noexcept { return nmis_; }
    Time last_change() const noexcept { return last_change_; }
    BootDevice booted_from() const noexcept { return booted_from_; }
    RestartCause restart_cause() const noexcept { return cause_; }
    BootOptions& boot_options() noexcept { return options_; }

private:
    enum class Step : std::uint8_t { off, on, restart };
    struct Planned {
        Time at;
        Step step;
    };
    void take(Step step, Time now, const Profile& profile);
    bool will_be_on() const noexcept;

    std::vector<Planned> plan_;
    BootOptions options_;
    Time last_change_{};
    std::uint32_t boots_ = 0;
    std::uint32_t nmis_ = 0;
    bool on_;
    BootDevice booted_from_ = BootDevice::not_booted;
    RestartCause cause_ = RestartCause::unknown;
    RestartCause next_cause_ = RestartCause::chassis_control;
};

}  // namespace haas::bmcsim

// How one kind of BMC behaves: all that a user can set, and nothing that changes by itself.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tools/bmcsim/algorithms.hpp"
#include "tools/bmcsim/quirks.hpp"

namespace haas::bmcsim {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;
using Duration = Clock::duration;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Privilege levels (IPMI 2.0 table 22-18).
enum class Privilege : std::uint8_t { none = 0, callback = 1, user = 2, operator_level = 3, administrator = 4, oem = 5 };

struct User {
    std::string name;
    std::string password;
    Privilege limit = Privilege::administrator;
};

// What a power cycle or reset does to a machine that is off.
enum class WhenOff : std::uint8_t { refuse, ignore, power_on };

// One direction of a BMC's network link.
struct Path {
    double loss = 0;
    double duplicate = 0;
    double reorder = 0;
};

struct Profile {
    // The link and the speed of the BMC
    bool dead = false;
    Duration latency{};
    Duration jitter{};
    Duration slow{};
    Duration reorder_by = milliseconds(20);
    Path in;
    Path out;

    // Sessions
    unsigned session_limit = 4;
    unsigned foreign_sessions = 0;
    Duration foreign_for{};  // zero: for ever
    Duration session_timeout = seconds(60);
    Duration half_open_timeout = seconds(3);
    bool dedupe_rqseq = false;
    std::vector<User> users{{"admin", "password", Privilege::administrator},
                            {"oper", "operpass", Privilege::operator_level},
                            {"user", "userpass", Privilege::user}};
    std::string kg;
    std::vector<std::uint8_t> suites{3, 17};
    std::optional<std::uint8_t> refuse_suite = 0x11;  // nothing: silence
    std::uint8_t refuse_role = 0x0A;

    // The machine
    bool initially_on = false;
    Duration on_delay{};
    Duration off_delay{};
    Duration cycle_time = seconds(1);
    Duration reset_delay{};
    Duration soft_delay = seconds(1);
    bool soft_ignored = false;
    WhenOff cycle_when_off = WhenOff::refuse;
    WhenOff reset_when_off = WhenOff::refuse;
    Duration boot_flags_timeout = seconds(60);
    Duration console_period = seconds(5);  // zero: no periodic lines
    unsigned console_rate = 0;             // bytes a second of numbered lines
    std::uint64_t console_most = 0;        // of these; zero: without end
    bool console_raw = false;              // echoes what is typed as it is

    // Reboots of the BMC itself
    Duration reboot_at{};       // zero: never
    unsigned reboot_after = 0;  // commands; zero: never
    Duration reboot_silence = seconds(10);

    Quirks quirks;

    bool has(Quirk quirk) const noexcept { return quirks[static_cast<std::size_t>(quirk)]; }
};

// The suite if this BMC accepts it, else nothing.
const CipherSuite* accepted_suite(const Profile& profile, std::uint8_t id) noexcept;

}  // namespace haas::bmcsim

// System boot options (IPMI 2.0 section 28.12 to 28.14), parameters 0, 3, 4 and 5, with the rule that flags are forgotten
// when no chassis control follows them in time.  It knows no session; the time comes in.
#pragma once

#include "tools/bmcsim/octets.hpp"
#include "tools/bmcsim/profile.hpp"

namespace haas::bmcsim {

// What a machine started from; `other` is a selector that is none of these.
enum class BootDevice : std::uint8_t {
    not_booted, normal, pxe, disk, disk_safe, diagnostic, cdrom, bios_setup, removable, other
};
std::string_view name(BootDevice device) noexcept;

class BootOptions {
public:
    // Data of Set System Boot Options, parameter byte first; returns the completion code.
    std::uint8_t set(Octets data, Time now, const Profile& profile) noexcept;
    // Appends the answer's data to Get System Boot Options; returns the completion code.
    std::uint8_t show(Octets data, Time now, const Profile& profile, Packet& answer);

    // Any chassis control stops the clock of the flags.
    void chassis_control_came(Time now, const Profile& profile) noexcept;
    // The machine starts: says from what, and consumes flags that were for one boot.
    BootDevice boot(Time now, const Profile& profile) noexcept;

private:
    static bool supported(std::uint8_t parameter, const Profile& profile) noexcept;
    void expire(Time now, const Profile& profile) noexcept;
    bool valid() const noexcept { return (flags_[0] & 0x80) != 0; }
    bool persistent() const noexcept { return (flags_[0] & 0x40) != 0; }

    std::array<std::uint8_t, 5> flags_{};
    std::uint8_t in_progress_ = 0;
    std::uint8_t keep_ = 0;         // parameter 3: which events do not clear the valid bit
    std::uint8_t acknowledged_ = 0;  // parameter 4
    std::uint8_t locked_ = 0;       // bit n: parameter n marked invalid
    bool clock_runs_ = false;
    Time set_at_{};
};

}  // namespace haas::bmcsim

// What a machine writes on its serial port: text while it starts, a line now and then, as much as the port takes if it is
// told to, and an echo of what is typed.  It knows no packet.
#pragma once

#include <string>

#include "tools/bmcsim/machine.hpp"

namespace haas::bmcsim {

class Console {
public:
    // `printed`: what it printed at a rate before; it goes on there.
    Console(std::uint32_t number, const Machine& machine, Time now, const Profile& profile, std::uint64_t printed = 0)
        : number_(number), boots_(machine.boots()), next_line_(now + profile.console_period), printed_(printed), printed_at_(now) {}

    // All that the machine wrote since the last call.
    std::string text(const Machine& machine, Time now, const Profile& profile);
    // The echo of what is typed at a machine that is on.
    std::string echo(std::string_view typed, const Profile& profile);
    std::uint64_t printed() const noexcept { return printed_; }
    // When there is more.
    Time next_text(const Profile& profile) const noexcept;

private:
    bool prints(const Profile& profile) const noexcept {
        return profile.console_rate != 0 && (profile.console_most == 0 || printed_ < profile.console_most);
    }
    void print(const Machine& machine, Time now, const Profile& profile, std::string& written);

    std::uint32_t number_;
    std::uint32_t boots_;
    std::uint32_t lines_ = 0;
    bool muted_ = false;
    Time next_line_;
    std::uint64_t printed_;  // of what it prints at a rate
    Time printed_at_;        // until here
};

}  // namespace haas::bmcsim

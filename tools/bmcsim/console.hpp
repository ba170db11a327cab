// What a machine writes on its serial port: text while it starts, a line now and then, an echo of what is typed.
// It knows no packet.
#pragma once

#include <string>

#include "tools/bmcsim/machine.hpp"

namespace haas::bmcsim {

class Console {
public:
    Console(std::uint32_t number, const Machine& machine, Time now, const Profile& profile)
        : number_(number), boots_(machine.boots()), next_line_(now + profile.console_period) {}

    // All that the machine wrote since the last call.
    std::string text(const Machine& machine, Time now, const Profile& profile);
    // The echo of what is typed at a machine that is on.
    std::string echo(std::string_view typed);
    // When the next line comes.
    Time next_line(const Profile& profile) const noexcept {
        return profile.console_period == Duration{} ? Time::max() : next_line_;
    }

private:
    std::uint32_t number_;
    std::uint32_t boots_;
    std::uint32_t lines_ = 0;
    bool muted_ = false;
    Time next_line_;
};

}  // namespace haas::bmcsim

#include "tools/bmcsim/console.hpp"

#include <iterator>

#include <fmt/format.h>

namespace haas::bmcsim {

std::string Console::text(const Machine& machine, Time now, const Profile& profile) {
    std::string written;
    if (machine.boots() != boots_) {
        boots_ = machine.boots();
        muted_ = profile.has(Quirk::sol_mute);
        fmt::format_to(std::back_inserter(written),
                       "\r\nbmcsim BIOS, machine {0}, boot {1}\r\nMemory test ... 64 MiB OK\r\nBooting from {2}\r\n"
                       "Simulated Linux 6.1.0 on ttyS0\r\n\r\nmachine-{0} login: ",
                       number_, boots_, name(machine.booted_from()));
    }
    if (now >= next_line(profile)) {
        next_line_ = now + profile.console_period;
        ++lines_;
        if (machine.on()) {
            fmt::format_to(std::back_inserter(written), "[{:5}] machine-{}: still alive\r\n", lines_, number_);
        }
    }
    return muted_ ? std::string{} : written;
}

std::string Console::echo(std::string_view typed) {
    std::string echoed;
    for (const char character : typed) {
        if (character == '\r' || character == '\n') {
            echoed += "\r\n$ ";
        } else {
            echoed.push_back(character);
        }
    }
    return muted_ ? std::string{} : echoed;
}

}  // namespace haas::bmcsim

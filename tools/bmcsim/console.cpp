#include "tools/bmcsim/console.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace haas::bmcsim {
namespace {

// The fullest packet holds what comes in 22 ms at 115,200 baud.
constexpr Duration between_prints = milliseconds(20);
constexpr std::size_t print_line = 64;

// Whoever knows the number of the machine knows all that it prints, and so sees what was lost, doubled or exchanged.
std::string printed_line(std::uint32_t machine, std::uint64_t line) {
    return fmt::format("machine {:05} prints line {:010} and it ends with {:08x}\r\n", machine, line,
                       static_cast<std::uint32_t>(line * 2654435761U));
}

}  // namespace

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
    if (profile.console_period != Duration{} && now >= next_line_) {
        next_line_ = now + profile.console_period;
        ++lines_;
        if (machine.on()) {
            fmt::format_to(std::back_inserter(written), "[{:5}] machine-{}: still alive\r\n", lines_, number_);
        }
    }
    print(machine, now, profile, written);
    return muted_ ? std::string{} : written;
}

void Console::print(const Machine& machine, Time now, const Profile& profile, std::string& written) {
    if (!prints(profile) || now - printed_at_ < between_prints) {
        return;
    }
    if (!machine.on()) {
        printed_at_ = now;
        return;
    }
    const double elapsed = std::chrono::duration<double>(now - printed_at_).count();
    auto due = static_cast<std::uint64_t>(elapsed * profile.console_rate);
    printed_at_ += std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>(static_cast<double>(due) / profile.console_rate));
    if (profile.console_most != 0) {
        due = std::min(due, profile.console_most - printed_);
    }
    while (due > 0) {
        const std::size_t at = printed_ % print_line;
        const std::size_t size = std::min<std::uint64_t>(due, print_line - at);
        written.append(printed_line(number_, printed_ / print_line), at, size);
        printed_ += size;
        due -= size;
    }
}

std::string Console::echo(std::string_view typed, const Profile& profile) {
    if (muted_) {
        return {};
    }
    if (profile.console_raw) {
        return std::string(typed);
    }
    std::string echoed;
    for (const char character : typed) {
        if (character == '\r' || character == '\n') {
            echoed += "\r\n$ ";
        } else {
            echoed.push_back(character);
        }
    }
    return echoed;
}

Time Console::next_text(const Profile& profile) const noexcept {
    const Time line = profile.console_period == Duration{} ? Time::max() : next_line_;
    return prints(profile) ? std::min(line, printed_at_ + between_prints) : line;
}

}  // namespace haas::bmcsim

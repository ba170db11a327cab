#include "tools/bmcsim/event.hpp"

#include <array>

namespace haas::bmcsim {

std::string_view name(EventKind kind) noexcept {
    constexpr std::array<std::string_view, 11> names{
        "login refused", "session opened", "session closed", "session expired", "chassis control", "boot",
        "reboot",        "boot flags",     "sol activated",  "sol deactivated", "hung"};
    return names[static_cast<std::size_t>(kind)];
}

}  // namespace haas::bmcsim

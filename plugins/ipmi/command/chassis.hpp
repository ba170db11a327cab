// Power: what the chassis is doing, and telling it what to do.  IPMI 2.0 sections 28.2 (Get Chassis Status) and 28.3
// (Chassis Control).
#pragma once

#include <cstdint>
#include <optional>

#include "plugins/ipmi/command/request.hpp"

namespace haas::ipmi {

enum class ChassisControl : std::uint8_t {
    power_down = 0,  // hard off
    power_up = 1,
    power_cycle = 2,
    hard_reset = 3,
    diagnostic_interrupt = 4,
    soft_shutdown = 5,  // emulates a fatal over-temperature; becomes an ACPI power-button event
};

struct ChassisStatus {
    bool power_on = false;
    bool power_overload = false;
    bool interlock = false;
    bool power_fault = false;
    bool power_control_fault = false;
};

Request chassis_status();
std::optional<ChassisStatus> parse_chassis_status(ByteView data) noexcept;

// Completion code 00h means accepted, not done.  None of them may be executed twice: a second cycle is a second cycle,
// a second soft shutdown may be taken for a hard one, and an "on" that was answered once may have been followed by an
// "off" of someone else.  So a repeat is the identical datagram.
Request chassis_control(ChassisControl control);

}  // namespace haas::ipmi

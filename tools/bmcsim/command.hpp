// One IPMI command at a BMC: what a handler is given, and which handler a command has.  Handlers read the request's data,
// write the answer's, and return the completion code.
#pragma once

#include "tools/bmcsim/bmc.hpp"

namespace haas::bmcsim {

struct Call {
    Bmc& bmc;
    Session* session;  // null outside any session
    const Request& request;
    Context& context;
    Packet& answer;

    // What happens after the answer has left.
    std::uint32_t close = 0;  // the BMC ID of a session
    bool reboot = false;
    bool no_answer = false;
};

struct Handler {
    std::uint8_t netfn;
    std::uint8_t command;
    Privilege privilege;  // needed; `none` also outside a session
    std::uint8_t (*handle)(Call& call);
};
std::span<const Handler> app_commands() noexcept;
std::span<const Handler> session_commands() noexcept;
std::span<const Handler> chassis_commands() noexcept;
std::span<const Handler> payload_commands() noexcept;

// Runs the command: checks that it exists and that the session may, calls its handler.
std::uint8_t run_command(Call& call);

inline constexpr std::uint8_t netfn_chassis = 0x00;
inline constexpr std::uint8_t netfn_app = 0x06;
inline constexpr std::uint8_t netfn_transport = 0x0C;

}  // namespace haas::bmcsim

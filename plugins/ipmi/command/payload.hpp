// Commands about payloads, as far as Serial over LAN needs them.  IPMI 2.0 sections 24.1 (Activate Payload), 24.2
// (Deactivate Payload), 24.4 (Get Payload Activation Status), 24.5 (Get Payload Instance Info), 24.8 (Get Channel Payload
// Support) and 22.20 (Get Session Info).  Answers may be longer than the specification has them: some BMCs' are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "plugins/ipmi/command/request.hpp"

namespace haas::ipmi {

// Further instances exist on paper, and cancel each other on some BMCs (FreeIPMI bugs, SOL #19).
inline constexpr std::uint8_t sol_instance = 1;

// The auxiliary data of Activate Payload, table 24-2.
// Encrypted and authenticated as the session is; serial alerts fail, CTS and DCD are asserted at once.  (pyghmi's choice;
// ipmitool's C6h leaves CTS de-asserted until the first packet, which some Intel boards do not bear.)
inline constexpr std::uint8_t sol_protected = 0xc0;
// All that an Intel 82571 takes (ipmitool `i82571spt`).
inline constexpr std::uint8_t sol_of_i82571 = 0x08;

Request activate_sol(std::uint8_t auxiliary);
Request deactivate_sol();
Request sol_activation_status();
Request sol_instance_info();
Request channel_payload_support();
// `session_id` is the BMC's.
Request session_info(std::uint32_t session_id);

// How many characters one packet to the BMC may carry.  The specification counts the header in; BMCs have been seen to
// send 0, both bytes swapped, or far too much (Asus, Intel, Supermicro X8, Sun x4100, Quanta, Dell): those get what
// every BMC takes (FreeIPMI `solpayloadsize`).
inline constexpr std::size_t sol_cautious_data = 32;
// Never fails: an answer that is cut off says nothing better.  The UDP port in it is not looked at: it is byte-swapped or
// made up on some BMCs, and another one behind a port-forward; the session's own socket has proven itself.
std::size_t parse_sol_activation(ByteView data) noexcept;

// Whether instance 1 is active; nothing when the answer is cut off.  Its capacity is not looked at (0 on Dell M605).
std::optional<bool> parse_sol_activation_status(ByteView data) noexcept;

// The BMC's ID of the session that has SOL; 0: none.
std::optional<std::uint32_t> parse_sol_owner(ByteView data) noexcept;

// Standard payload type 1.
std::optional<bool> parse_supports_sol(ByteView data) noexcept;

struct SessionInfo {
    bool active = false;  // false: there is no such session, and the rest is empty
    std::uint8_t user_id = 0;
    std::optional<std::array<std::uint8_t, 4>> address{};  // of its console, where the BMC tells it
};
std::optional<SessionInfo> parse_session_info(ByteView data) noexcept;

}  // namespace haas::ipmi

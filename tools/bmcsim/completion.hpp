// Completion codes of IPMI (table 5-2) that this BMC says.
#pragma once

#include <cstdint>

namespace haas::bmcsim::completion {

inline constexpr std::uint8_t ok = 0x00;
inline constexpr std::uint8_t node_busy = 0xC0;
inline constexpr std::uint8_t invalid_command = 0xC1;
inline constexpr std::uint8_t wrong_length = 0xC7;
inline constexpr std::uint8_t out_of_range = 0xC9;
inline constexpr std::uint8_t not_present = 0xCB;
inline constexpr std::uint8_t invalid_field = 0xCC;
inline constexpr std::uint8_t duplicate = 0xCF;
inline constexpr std::uint8_t initialising = 0xD2;
inline constexpr std::uint8_t privilege = 0xD4;
inline constexpr std::uint8_t not_in_this_state = 0xD5;
inline constexpr std::uint8_t unspecified = 0xFF;
// Codes from 80h on mean something else for each command; these are said by several.
inline constexpr std::uint8_t parameter_unsupported = 0x80;
inline constexpr std::uint8_t set_in_progress = 0x81;

}  // namespace haas::bmcsim::completion

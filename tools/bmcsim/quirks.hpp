// What real BMCs do differently, each by a name; the README's list is printed from here.  It knows no code that acts so.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace haas::bmcsim {

enum class Quirk : std::uint8_t {
    // Session set-up
    opensesspriv, authcap, authcap_cc, no_authcap, no_ipmi15, no_suite_list, intel20, supermicro20, sun20,
    integritycheckvalue, i82571spt, highest_only, exact_lookup, exact_privilege, exact_privilege_d4, tag0_errors,
    c7_length, rakp_repeat_silent, rakp_repeat_same, hidden_suites, listed_not_enabled,
    // Inside a session
    icts, phosphor_pad, nochecksumcheck, clear_flag, skip_sequence, no_close_answer, burst_hang, booting_ff, booting_c0,
    booting_d2, lockdown, manufacturer_id,
    // Power and boot
    off_off_d5, error_ff, power_ignored, nc_si, no_front_panel, no_boot_param0, no_boot_param3, no_boot_param4,
    long_boot_options, persistent_expires, supermicro_uefi_disk, bios_setup_ff,
    // Serial over LAN
    no_payload_support, no_payload_status, zero_capacity, sol_size_zero, sol_size_swapped, sol_size_huge,
    sol_port_swapped, sol_port_foreign, sol_early_data, sol_no_reack, sol_stuck, sol_stale_owner, sol_nack_when_off,
    sol_mute, sol_new_sequence, sol_steal_request, sol_steal_silent,
    count,
};

using Quirks = std::bitset<static_cast<std::size_t>(Quirk::count)>;

struct QuirkName {
    Quirk quirk;
    std::string_view name;
    std::string_view text;
};
std::span<const QuirkName> quirk_names() noexcept;
std::optional<Quirk> quirk_named(std::string_view name) noexcept;

}  // namespace haas::bmcsim

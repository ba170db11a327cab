#include "tools/bmcsim/quirks.hpp"

#include <algorithm>
#include <array>

namespace haas::bmcsim {
namespace {

using enum Quirk;

constexpr std::array<QuirkName, static_cast<std::size_t>(Quirk::count)> names{{
    {opensesspriv, "opensesspriv", "hashes with the privilege of Open Session instead of RAKP 1's (Sun, Supermicro X8, Intel)"},
    {authcap, "authcap", "wrong user name, Kg and login flags in the authentication capabilities (Asus, Sun, Intel)"},
    {authcap_cc, "authcap-cc", "answers CC to the capabilities asked with the IPMI 2.0 bit (8Eh); 0Eh works"},
    {no_authcap, "no-authcap", "never answers Get Channel Authentication Capabilities"},
    {no_ipmi15, "no-ipmi15", "never answers a packet in the IPMI 1.5 wrapper"},
    {no_suite_list, "no-suite-list", "never answers Get Channel Cipher Suites"},
    {intel20, "intel20", "RAKP 3 hashed without the name-only bit; padded user names, no privilege 0 (SE7520AF2)"},
    {supermicro20, "supermicro20", "RAKP 2 hash one byte too long (Peppercon firmware)"},
    {sun20, "sun20", "SHA1 RAKP 2 hash one byte too long, wrong cipher records, opensesspriv (Sun Fire 4100)"},
    {integritycheckvalue, "integritycheckvalue", "an integrity check value in RAKP 4 with suite 0"},
    {i82571spt, "i82571spt", "no capabilities, no Set Privilege, RAKP 1 padded to 44, role bit 4 not hashed, SOL only with aux 08h"},
    {highest_only, "highest-only", "Open Session must ask for privilege 0, else 09 (old Tyan)"},
    {exact_lookup, "exact-lookup", "without the name-only bit the role must be the user's exact privilege, else 0D (OpenBMC)"},
    {exact_privilege, "exact-privilege", "the role must always be the user's exact privilege, else 0D (Xyratex)"},
    {exact_privilege_d4, "exact-privilege-d4", "as exact-privilege, but shown by D4 to each command (Xyratex)"},
    {tag0_errors, "tag0-errors", "RAKP 2 errors carry tag 0 and session ID 0 (OpenBMC)"},
    {c7_length, "c7-length", "a set-up message of a wrong length is answered with the one byte C7 (OpenBMC)"},
    {rakp_repeat_silent, "rakp-repeat-silent", "no answer to a repeated RAKP 1 or 3 (otherwise status 02)"},
    {rakp_repeat_same, "rakp-repeat-same", "a repeated RAKP 1 or 3 gets the same answer again"},
    {hidden_suites, "hidden-suites", "accepts suites 3 and 17 also when not offered"},
    {listed_not_enabled, "listed-not-enabled", "lists suites 3 and 17, whatever it accepts"},
    {icts, "icts", "session trailer padded as if it had no pad length and next header; drops others"},
    {phosphor_pad, "phosphor-pad", "trailer pad of 4 where 0 is right; drops others (OpenBMC; shows without encryption)"},
    {nochecksumcheck, "nochecksumcheck", "wrong checksums in IPMI messages (Supermicro X9)"},
    {clear_flag, "clear-flag", "answers inside a session unauthenticated and unencrypted (an old OpenBMC)"},
    {skip_sequence, "skip-sequence", "its session sequence numbers grow by two (shared-NIC ASRock)"},
    {no_close_answer, "no-close-answer", "closes a session without an answer (Intel SR870BN4)"},
    {burst_hang, "burst-hang", "more than 10 commands within 100 ms: silent until rebooted"},
    {booting_ff, "booting-ff", "for 5 s after its reboot every command gets FF"},
    {booting_c0, "booting-c0", "for 5 s after its reboot every command gets C0"},
    {booting_d2, "booting-d2", "for 5 s after its reboot every command gets D2"},
    {lockdown, "lockdown", "accepts Cold Reset and does nothing (Dell)"},
    {manufacturer_id, "manufacturer-id", "manufacturer ID 47488 where 10876 is meant (Supermicro)"},
    {off_off_d5, "off-off-d5", "D5 for off and soft off when off already (Dell)"},
    {error_ff, "error-ff", "FF where D5 is meant (OpenBMC)"},
    {power_ignored, "power-ignored", "accepts every chassis control and performs none"},
    {nc_si, "nc-si", "loses its link for 5 s when the machine's power changes (shared NIC)"},
    {no_front_panel, "no-front-panel", "chassis status without its optional fourth byte"},
    {no_boot_param0, "no-boot-param0", "boot option parameter 0 unsupported (80)"},
    {no_boot_param3, "no-boot-param3", "boot option parameter 3 unsupported (80)"},
    {no_boot_param4, "no-boot-param4", "boot option parameter 4 unsupported (80)"},
    {long_boot_options, "long-boot-options", "boot option answers padded to 12 bytes (HP DL380 G5)"},
    {persistent_expires, "persistent-expires", "the 60 s rule clears persistent boot flags too"},
    {supermicro_uefi_disk, "supermicro-uefi-disk", "in EFI mode the disk is 24h, not 08h, which boots nothing special; manufacturer ID 10876"},
    {bios_setup_ff, "bios-setup-ff", "boots into the BIOS setup only by FFh, not 18h"},
    {no_payload_support, "no-payload-support", "C1 for Get Channel Payload Support"},
    {no_payload_status, "no-payload-status", "C1 for Get Payload Activation Status"},
    {zero_capacity, "zero-capacity", "payload instance capacity 0 (Dell M605)"},
    {sol_size_zero, "sol-size-zero", "SOL payload sizes 0"},
    {sol_size_swapped, "sol-size-swapped", "SOL payload sizes in the wrong byte order"},
    {sol_size_huge, "sol-size-huge", "SOL payload sizes FFFFh"},
    {sol_port_swapped, "sol-port-swapped", "SOL port in the wrong byte order (Supermicro X8DTH)"},
    {sol_port_foreign, "sol-port-foreign", "a SOL port where nobody listens (Asus P5MT-R)"},
    {sol_early_data, "sol-early-data", "a SOL packet before the answer to Activate Payload"},
    {sol_no_reack, "sol-no-reack", "drops a repeated SOL packet without an ACK (OpenBMC)"},
    {sol_stuck, "sol-stuck", "says that SOL is deactivated and leaves it active (Supermicro H8QME)"},
    {sol_stale_owner, "sol-stale-owner", "SOL stays active when its session dies, until deactivated, with 80 (OpenBMC)"},
    {sol_nack_when_off, "sol-nack-when-off", "input while the machine is off gets NACK, transfer unavailable"},
    {sol_mute, "sol-mute", "SOL is acknowledged, but after a reset of the machine no text comes (Intel SR1520ML)"},
    {sol_new_sequence, "sol-new-sequence", "text that was never acknowledged is sent again under the next sequence (OpenBMC)"},
    {sol_steal_request, "sol-steal-request", "a stolen SOL is told by the request 'SOL activating' instead of a SOL packet"},
    {sol_steal_silent, "sol-steal-silent", "a stolen SOL is not told at all (Dell R610)"},
}};

constexpr bool in_order() {
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (static_cast<std::size_t>(names[i].quirk) != i) {
            return false;
        }
    }
    return true;
}
static_assert(in_order(), "a quirk is missing from the list, or out of order");

}  // namespace

std::span<const QuirkName> quirk_names() noexcept { return names; }

std::optional<Quirk> quirk_named(std::string_view name) noexcept {
    const auto found = std::ranges::find(names, name, &QuirkName::name);
    return found == names.end() ? std::nullopt : std::optional(found->quirk);
}

}  // namespace haas::bmcsim

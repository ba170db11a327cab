// Where the managed system boots from.  IPMI 2.0 sections 28.12 (Set System Boot Options), 28.13 (Get System Boot
// Options) and table 28-14 (parameters 0, 3, 4 and 5).
#pragma once

#include <cstdint>
#include <optional>

#include "plugins/ipmi/command/request.hpp"

namespace haas::ipmi {

// Bits 5..2 of the second byte of the boot flags.
enum class BootDevice : std::uint8_t {
    none = 0x00,
    pxe = 0x04,
    disk = 0x08,
    disk_safe_mode = 0x0c,
    diagnostic = 0x10,
    cdrom = 0x14,
    bios_setup = 0x18,
    remote_floppy = 0x1c,
    remote_cdrom = 0x20,
    remote_media = 0x24,  // primary remote media; on Supermicro under UEFI the disk, see BootDialect
    remote_disk = 0x2c,
    removable = 0x3c,     // floppy or primary removable media: USB
};

// Parameter 5.
struct BootFlags {
    bool valid = true;
    bool persistent = false;
    bool efi = false;
    BootDevice device = BootDevice::none;

    friend bool operator==(const BootFlags&, const BootFlags&) = default;
};

// Where a BMC names devices otherwise than table 28-14.
struct BootDialect {
    bool uefi_disk_is_24 = false;  // Supermicro (ironic `_vendor_aware_boot_device_map`)
    // Supermicro that ignores 18h (metal-stack/metal-core issue 19).  Elsewhere the other bits of FFh mean what they say,
    // "clear CMOS" among them.
    bool setup_is_ff = false;
};

// HIL's persistent "none" is {valid, persistent, none}: valid, but no override.  To clear an override instead, send
// BootFlags{.valid = false}.
Request set_boot_flags(const BootFlags& flags, const BootDialect& dialect = {});
Request boot_flags();

// Parameter 0.  80h as an answer means that the BMC lacks it, 81h that someone else is setting: write `complete`, try
// once more.  Always end with `complete`.
enum class SetInProgress : std::uint8_t { complete = 0, in_progress = 1, commit_write = 2 };
Request set_in_progress(SetInProgress state);
Request boot_set_in_progress();

// Parameter 3, with the bit that keeps the flags valid beyond 60 s without a Chassis Control.  Failure is not fatal.
Request keep_boot_flags_past_timeout();
// Parameter 4: the BIOS has handled the last boot info; ipmitool writes it before the flags.  Failure is not fatal.
Request acknowledge_boot_info();

struct BootParameter {
    std::uint8_t parameter = 0;
    bool locked = false;  // the BMC calls the parameter invalid or locked
    ByteView data;        // inside the answer's
};
std::optional<BootParameter> parse_boot_parameter(ByteView data) noexcept;
// Nothing unless the answer holds parameter 5.  Whether it is locked does not matter for reading.  FFh is the BIOS setup
// whatever the dialect: nothing else is meant by all bits at once.
std::optional<BootFlags> parse_boot_flags(ByteView data, const BootDialect& dialect = {}) noexcept;

}  // namespace haas::ipmi

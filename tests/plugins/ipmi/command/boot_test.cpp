#include "plugins/ipmi/command/boot.hpp"

#include <catch2/catch.hpp>

#include "plugins/ipmi/wire/message.hpp"
#include "tests/plugins/ipmi/wire/hex.hpp"

using namespace haas::ipmi;

namespace {

Bytes flags_sent(BootFlags flags) { return set_boot_flags(flags).data; }

Bytes message_of(const Request& request, std::uint8_t rq_seq) {
    Message message;
    message.netfn = static_cast<std::uint8_t>(request.netfn);
    message.rq_seq = rq_seq;
    message.command = request.command;
    message.body = request.data;
    Bytes out;
    encode_message(message, out);
    return out;
}

}  // namespace

TEST_CASE("what ipmitool sends for `chassis bootdev pxe options=efiboot`") {
    // Captured, see suite_3_boot_device in wire/captured.hpp.  ipmitool acknowledges for the BIOS alone.
    CHECK(message_of(acknowledge_boot_info(), 7) == from_hex("2000e0811c0804010155"));
    CHECK(message_of(set_boot_flags({.efi = true, .device = BootDevice::pxe}), 8) ==
          from_hex("2000e081200805a004000000ae"));
}

TEST_CASE("byte 1: once or persistent, legacy or EFI") {
    // Table 28-14, parameter 5.
    const auto first = [](bool persistent, bool efi) {
        return flags_sent({.persistent = persistent, .efi = efi, .device = BootDevice::disk})[1];
    };
    CHECK(first(false, false) == 0x80);
    CHECK(first(true, false) == 0xc0);
    CHECK(first(false, true) == 0xa0);
    CHECK(first(true, true) == 0xe0);
}

TEST_CASE("byte 2: the devices of table 28-14") {
    const auto second = [](BootDevice device) { return flags_sent({.device = device})[2]; };
    CHECK(second(BootDevice::none) == 0x00);
    CHECK(second(BootDevice::pxe) == 0x04);
    CHECK(second(BootDevice::disk) == 0x08);
    CHECK(second(BootDevice::disk_safe_mode) == 0x0c);
    CHECK(second(BootDevice::diagnostic) == 0x10);
    CHECK(second(BootDevice::cdrom) == 0x14);
    CHECK(second(BootDevice::bios_setup) == 0x18);
    CHECK(second(BootDevice::remote_floppy) == 0x1c);
    CHECK(second(BootDevice::remote_cdrom) == 0x20);
    CHECK(second(BootDevice::remote_media) == 0x24);
    CHECK(second(BootDevice::remote_disk) == 0x2c);
    CHECK(second(BootDevice::removable) == 0x3c);
}

TEST_CASE("two meanings of none: HIL's, and clearing the override") {
    CHECK(flags_sent({.persistent = true}) == from_hex("05 c0 00 00 00 00"));
    CHECK(flags_sent({.valid = false}) == from_hex("05 00 00 00 00 00"));
}

TEST_CASE("parameters 0 and 3, and the questions") {
    CHECK(set_in_progress(SetInProgress::in_progress).data == from_hex("00 01"));
    CHECK(set_in_progress(SetInProgress::complete).data == from_hex("00 00"));
    CHECK(set_in_progress(SetInProgress::commit_write).data == from_hex("00 02"));
    CHECK(keep_boot_flags_past_timeout().data == from_hex("03 08"));
    CHECK(set_in_progress(SetInProgress::complete).command == 0x08);
    CHECK(boot_flags().data == from_hex("05 00 00"));
    CHECK(boot_set_in_progress().data == from_hex("00 00 00"));
    CHECK(boot_flags().command == 0x09);
}

TEST_CASE("answers to Get System Boot Options") {
    // ipmi_sim after `bootdev pxe`, as ipmitool prints it: version 1, parameter 5, 0004000000.
    const auto simulator = parse_boot_flags(from_hex("01 05 0004000000"));
    REQUIRE(simulator);
    CHECK(*simulator == BootFlags{.valid = false, .device = BootDevice::pxe});
    const auto persistent = parse_boot_flags(from_hex("01 05 e008000000"));
    REQUIRE(persistent);
    CHECK(*persistent == BootFlags{.persistent = true, .efi = true, .device = BootDevice::disk});
    // Other bits of byte 2 (lock keyboard, screen blank) are no part of the device.
    CHECK(parse_boot_flags(from_hex("01 05 80c7000000"))->device == BootDevice::pxe);
    // HP DL380 G5 sends twelve bytes (FreeIPMI bugs, BMC config #33).
    CHECK(parse_boot_flags(from_hex("01 05 8004000000 0000000000")));
    CHECK_FALSE(parse_boot_flags(from_hex("01 05 80")));
    CHECK_FALSE(parse_boot_flags(from_hex("01 03 8004000000")));  // another parameter
    CHECK_FALSE(parse_boot_flags(from_hex("01")));
    const auto locked = parse_boot_parameter(from_hex("01 83 08"));
    REQUIRE(locked);
    CHECK(locked->parameter == 3);
    CHECK(locked->locked);
    const Bytes in_progress = from_hex("01 00 01");
    const auto progress = parse_boot_parameter(in_progress);
    REQUIRE(progress);
    CHECK_FALSE(progress->locked);
    CHECK(copy(progress->data) == from_hex("01"));
}

// openstack/ironic, ipmitool.py: raw 0x00 0x08 0x05 0xe0 0x24 0x00 0x00 0x00 for a persistent UEFI disk on Supermicro.
TEST_CASE("Supermicro's disk under UEFI is 24h, and only that") {
    const BootDialect supermicro{.uefi_disk_is_24 = true};
    const auto sent = [&](BootFlags flags) { return set_boot_flags(flags, supermicro).data; };
    CHECK(sent({.persistent = true, .efi = true, .device = BootDevice::disk}) == from_hex("05 e0 24 00 00 00"));
    CHECK(sent({.efi = true, .device = BootDevice::pxe}) == from_hex("05 a0 04 00 00 00"));
    CHECK(sent({.device = BootDevice::disk}) == from_hex("05 80 08 00 00 00"));
    CHECK(parse_boot_flags(from_hex("01 05 e024000000"), supermicro)->device == BootDevice::disk);
    CHECK(parse_boot_flags(from_hex("01 05 e008000000"), supermicro)->device == BootDevice::disk);
    CHECK(parse_boot_flags(from_hex("01 05 8024000000"), supermicro)->device == BootDevice::remote_media);
    CHECK(parse_boot_flags(from_hex("01 05 e024000000"))->device == BootDevice::remote_media);
}

// metal-stack/metal-core issue 19.
TEST_CASE("the BIOS setup is FFh where nothing else is taken, and is read so everywhere") {
    const BootDialect dialect{.setup_is_ff = true};
    CHECK(set_boot_flags({.efi = true, .device = BootDevice::bios_setup}, dialect).data == from_hex("05 a0 ff 00 00 00"));
    CHECK(set_boot_flags({.device = BootDevice::removable}, dialect).data == from_hex("05 80 3c 00 00 00"));
    for (const BootDialect& reader : {dialect, BootDialect{}}) {
        CHECK(parse_boot_flags(from_hex("01 05 80ff000000"), reader)->device == BootDevice::bios_setup);
        CHECK(parse_boot_flags(from_hex("01 05 8018000000"), reader)->device == BootDevice::bios_setup);
        CHECK(parse_boot_flags(from_hex("01 05 803c000000"), reader)->device == BootDevice::removable);
    }
}

#include "plugins/ipmi/command/boot.hpp"

#include "plugins/ipmi/wire/reader.hpp"

namespace haas::ipmi {
namespace {

constexpr std::uint8_t set_system_boot_options = 0x08;
constexpr std::uint8_t get_system_boot_options = 0x09;

constexpr std::uint8_t parameter_set_in_progress = 0;
constexpr std::uint8_t parameter_valid_bit_clearing = 3;
constexpr std::uint8_t parameter_boot_info_acknowledge = 4;
constexpr std::uint8_t parameter_boot_flags = 5;

constexpr std::uint8_t flag_valid = 0x80;
constexpr std::uint8_t flag_persistent = 0x40;
constexpr std::uint8_t flag_efi = 0x20;
constexpr std::uint8_t device_mask = 0x3c;
constexpr std::uint8_t setup_otherwise = 0xff;

Request set(Bytes data) { return {NetFn::chassis, set_system_boot_options, Repeat::anew, std::move(data)}; }
// Set selector and block selector are 0 for these parameters.
Request ask(std::uint8_t parameter) {
    return {NetFn::chassis, get_system_boot_options, Repeat::anew, {parameter, 0, 0}};
}

}  // namespace

Request set_boot_flags(const BootFlags& flags, const BootDialect& dialect) {
    const auto first = static_cast<std::uint8_t>((flags.valid ? flag_valid : 0) |
                                                 (flags.persistent ? flag_persistent : 0) | (flags.efi ? flag_efi : 0));
    auto second = static_cast<std::uint8_t>(flags.device);
    if (dialect.uefi_disk_is_24 && flags.efi && flags.device == BootDevice::disk) {
        second = static_cast<std::uint8_t>(BootDevice::remote_media);
    }
    if (dialect.setup_is_ff && flags.device == BootDevice::bios_setup) second = setup_otherwise;
    // Exactly five bytes, reserved bits 0: OpenBMC refuses anything else.
    return set({parameter_boot_flags, first, second, 0, 0, 0});
}

Request boot_flags() { return ask(parameter_boot_flags); }

Request set_in_progress(SetInProgress state) {
    return set({parameter_set_in_progress, static_cast<std::uint8_t>(state)});
}

Request boot_set_in_progress() { return ask(parameter_set_in_progress); }

Request keep_boot_flags_past_timeout() {
    constexpr std::uint8_t do_not_clear_on_timeout = 0x08;
    return set({parameter_valid_bit_clearing, do_not_clear_on_timeout});
}

Request acknowledge_boot_info() {
    constexpr std::uint8_t bios_or_post = 0x01;
    return set({parameter_boot_info_acknowledge, bios_or_post, bios_or_post});  // write mask, data
}

std::optional<BootParameter> parse_boot_parameter(ByteView data) noexcept {
    Reader reader(data);
    reader.u8();  // parameter version
    const std::uint8_t selector = reader.u8();
    BootParameter parameter{static_cast<std::uint8_t>(selector & 0x7f), (selector & 0x80) != 0, reader.rest()};
    if (!reader.finish()) return std::nullopt;
    return parameter;
}

std::optional<BootFlags> parse_boot_flags(ByteView data, const BootDialect& dialect) noexcept {
    const auto parameter = parse_boot_parameter(data);
    if (!parameter || parameter->parameter != parameter_boot_flags) return std::nullopt;
    Reader reader(parameter->data);
    const std::uint8_t first = reader.u8();
    const std::uint8_t second = reader.u8();
    // HP DL380 G5 sends twelve bytes; some others leave the last ones out.
    if (!reader.finish_allowing_trailing_bytes()) return std::nullopt;
    BootFlags flags{(first & flag_valid) != 0, (first & flag_persistent) != 0, (first & flag_efi) != 0,
                    static_cast<BootDevice>(second & device_mask)};
    if (second == setup_otherwise) flags.device = BootDevice::bios_setup;
    const bool is_media = flags.device == BootDevice::remote_media;
    if (dialect.uefi_disk_is_24 && flags.efi && is_media) flags.device = BootDevice::disk;
    return flags;
}

}  // namespace haas::ipmi

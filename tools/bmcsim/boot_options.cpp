#include "tools/bmcsim/boot_options.hpp"

#include "tools/bmcsim/completion.hpp"

namespace haas::bmcsim {
namespace {

constexpr std::uint8_t keep_on_timeout = 0x08;
constexpr std::uint8_t version = 0x01;
constexpr std::size_t long_answer = 12;

BootDevice device_of(std::uint8_t selector) noexcept {
    switch (selector) {
        case 0x00: return BootDevice::normal;
        case 0x04: return BootDevice::pxe;
        case 0x08: return BootDevice::disk;
        case 0x0C: return BootDevice::disk_safe;
        case 0x10: return BootDevice::diagnostic;
        case 0x14: return BootDevice::cdrom;
        case 0x18: return BootDevice::bios_setup;
        case 0x3C: return BootDevice::removable;
        default: return BootDevice::other;
    }
}

}  // namespace

std::string_view name(BootDevice device) noexcept {
    constexpr std::array<std::string_view, 10> names{"",           "none",  "pxe",  "disk",      "safe",
                                                     "diagnostic", "cdrom", "bios", "removable", "other"};
    return names[static_cast<std::size_t>(device)];
}

bool BootOptions::supported(std::uint8_t parameter, const Profile& profile) noexcept {
    switch (parameter) {
        case 0: return !profile.has(Quirk::no_boot_param0);
        case 3: return !profile.has(Quirk::no_boot_param3);
        case 4: return !profile.has(Quirk::no_boot_param4);
        default: return parameter == 5;
    }
}

void BootOptions::expire(Time now, const Profile& profile) noexcept {
    const bool may = (keep_ & keep_on_timeout) == 0 && (!persistent() || profile.has(Quirk::persistent_expires));
    if (clock_runs_ && may && now - set_at_ >= profile.boot_flags_timeout) {
        flags_[0] &= 0x7F;
        clock_runs_ = false;
    }
}

std::uint8_t BootOptions::set(Octets data, Time now, const Profile& profile) noexcept {
    expire(now, profile);
    if (data.empty()) {
        return completion::wrong_length;
    }
    const std::uint8_t parameter = data[0] & 0x7F;
    const Octets value = data.subspan(1);
    if (!supported(parameter, profile)) {
        return completion::parameter_unsupported;
    }
    const auto bit = static_cast<std::uint8_t>(1U << parameter);
    locked_ = octet((data[0] & 0x80) != 0 ? locked_ | bit : locked_ & ~bit);
    if (value.empty()) {
        return completion::ok;  // only the mark was meant
    }
    const std::size_t wanted = parameter == 5 ? 5 : parameter == 4 ? 2 : 1;
    if (value.size() != wanted) {
        return completion::wrong_length;
    }
    if (parameter == 0) {
        if (value[0] == 1 && in_progress_ == 1) {
            return completion::set_in_progress;
        }
        in_progress_ = value[0] == 1 ? 1 : 0;
    } else if (parameter == 3) {
        keep_ = value[0] & 0x1F;
    } else if (parameter == 4) {
        acknowledged_ = octet((acknowledged_ & ~value[0]) | (value[1] & value[0]));
    } else {
        if ((value[0] & 0x1F) != 0) {
            return completion::invalid_field;
        }
        std::copy(value.begin(), value.end(), flags_.begin());
        clock_runs_ = valid();
        set_at_ = now;
    }
    return completion::ok;
}

std::uint8_t BootOptions::show(Octets data, Time now, const Profile& profile, Packet& answer) {
    expire(now, profile);
    if (data.size() != 3) {
        return completion::wrong_length;
    }
    const std::uint8_t parameter = data[0] & 0x7F;
    if (!supported(parameter, profile)) {
        return completion::parameter_unsupported;
    }
    const bool locked = (locked_ & 1U << parameter) != 0;
    answer.u8(version).u8((locked ? 0x80U : 0U) | parameter);
    switch (parameter) {
        case 0: answer.u8(in_progress_); break;
        case 3: answer.u8(keep_); break;
        case 4: answer.u8(0x00).u8(acknowledged_); break;
        default: answer.octets(flags_); break;
    }
    if (profile.has(Quirk::long_boot_options)) {
        answer.fill(long_answer - answer.size(), 0);
    }
    return completion::ok;
}

void BootOptions::chassis_control_came(Time now, const Profile& profile) noexcept {
    expire(now, profile);
    clock_runs_ = false;
}

BootDevice BootOptions::boot(Time now, const Profile& profile) noexcept {
    expire(now, profile);
    if (!valid()) {
        return BootDevice::normal;
    }
    const bool efi = (flags_[0] & 0x20) != 0;
    const std::uint8_t selector = flags_[1] & 0x3C;
    BootDevice device = device_of(selector);
    if (profile.has(Quirk::supermicro_uefi_disk) && efi && (selector == 0x08 || selector == 0x24)) {
        device = selector == 0x24 ? BootDevice::disk : BootDevice::normal;
    }
    if (profile.has(Quirk::bios_setup_ff) && (flags_[1] == 0xFF || selector == 0x18)) {
        device = flags_[1] == 0xFF ? BootDevice::bios_setup : BootDevice::normal;
    }
    if (!persistent()) {
        flags_[0] &= 0x7F;
        clock_runs_ = false;
    }
    return device;
}

}  // namespace haas::bmcsim

#include "plugins/ipmi/command/device_id.hpp"

#include "plugins/ipmi/wire/reader.hpp"

namespace haas::ipmi {

Request device_id() { return {NetFn::app, 0x01, Repeat::anew, {}}; }

std::optional<DeviceId> parse_device_id(ByteView data) noexcept {
    Reader reader(data);
    DeviceId id;
    id.device = reader.u8();
    reader.u8();  // device revision
    const std::uint8_t major = reader.u8();
    id.initialising = (major & 0x80) != 0;
    id.firmware_major = major & 0x7f;
    const std::uint8_t minor = reader.u8();
    id.firmware_minor = static_cast<std::uint8_t>((minor >> 4) * 10 + (minor & 0x0f));
    reader.u8();  // IPMI version
    reader.u8();  // additional device support
    const std::uint16_t manufacturer_low = reader.u16le();
    // 20 bits; the upper four of the third byte are reserved.
    id.manufacturer = manufacturer_low | static_cast<std::uint32_t>(reader.u8() & 0x0f) << 16;
    id.product = reader.u16le();
    // The auxiliary firmware revision is optional and nobody's business here.
    if (!reader.finish_allowing_trailing_bytes()) return std::nullopt;
    return id;
}

Maker maker_of(const DeviceId& id) noexcept {
    // Both are in use by Supermicro (FreeIPMI bugs, Misc #3).
    constexpr std::uint32_t supermicro = 10876;
    constexpr std::uint32_t supermicro_otherwise = 47488;
    return id.manufacturer == supermicro || id.manufacturer == supermicro_otherwise ? Maker::supermicro : Maker::other;
}

}  // namespace haas::ipmi

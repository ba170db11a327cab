#include "plugins/ipmi/command/chassis.hpp"

#include "plugins/ipmi/wire/reader.hpp"

namespace haas::ipmi {

Request chassis_status() { return {NetFn::chassis, 0x01, Repeat::anew, {}}; }

std::optional<ChassisStatus> parse_chassis_status(ByteView data) noexcept {
    Reader reader(data);
    const std::uint8_t power = reader.u8();
    reader.u8();  // last power event
    reader.u8();  // miscellaneous state; the front-panel byte behind it is optional
    if (!reader.finish_allowing_trailing_bytes()) return std::nullopt;
    return ChassisStatus{(power & 0x01) != 0, (power & 0x02) != 0, (power & 0x04) != 0, (power & 0x08) != 0,
                         (power & 0x10) != 0};
}

Request chassis_control(ChassisControl control) {
    return {NetFn::chassis, 0x02, Repeat::identical, {static_cast<std::uint8_t>(control)}};
}

}  // namespace haas::ipmi

#include "plugins/ipmi/command/sol.hpp"

#include "plugins/ipmi/wire/reader.hpp"

namespace haas::ipmi {

Request sol_enabled() {
    constexpr std::uint8_t this_channel = 0x0e;
    constexpr std::uint8_t sol_enable = 1;
    return {NetFn::transport, 0x22, Repeat::anew, {this_channel, sol_enable, 0, 0}};  // no set, no block
}

std::optional<bool> parse_sol_enabled(ByteView data) noexcept {
    Reader reader(data);
    reader.u8();  // revision of the parameter
    const std::uint8_t enable = reader.u8();
    if (!reader.finish_allowing_trailing_bytes()) return std::nullopt;
    return (enable & 0x01) != 0;
}

}  // namespace haas::ipmi

#include "plugins/ipmi/command/session.hpp"

#include "plugins/ipmi/wire/reader.hpp"
#include "plugins/ipmi/wire/writer.hpp"

namespace haas::ipmi {
namespace {

constexpr std::uint8_t this_channel = 0x0e;

}  // namespace

Request channel_authentication_capabilities(bool ask_for_ipmi20, Privilege privilege) {
    const auto channel = static_cast<std::uint8_t>(this_channel | (ask_for_ipmi20 ? 0x80 : 0x00));
    return {NetFn::app, 0x38, Repeat::anew, {channel, static_cast<std::uint8_t>(privilege)}};
}

std::optional<ChannelAuthenticationCapabilities> parse_channel_authentication_capabilities(ByteView data) noexcept {
    Reader reader(data);
    ChannelAuthenticationCapabilities capabilities;
    capabilities.channel = reader.u8() & 0x0f;
    const bool extended = (reader.u8() & 0x80) != 0;  // authentication types; bit 7: the next-but-one byte counts
    reader.u8();                                      // user and Kg flags
    capabilities.ipmi20 = (reader.u8() & 0x02) != 0 && extended;
    reader.take(4);  // OEM ID and data
    if (!reader.finish_allowing_trailing_bytes()) return std::nullopt;
    return capabilities;
}

Request set_session_privilege_level(Privilege privilege) {
    return {NetFn::app, 0x3b, Repeat::anew, {static_cast<std::uint8_t>(privilege)}};
}

std::optional<Privilege> parse_session_privilege_level(ByteView data) noexcept {
    Reader reader(data);
    const auto level = static_cast<Privilege>(reader.u8() & 0x0f);
    if (!reader.finish_allowing_trailing_bytes()) return std::nullopt;
    return level;
}

Request close_session(std::uint32_t session_id) {
    Request request{NetFn::app, 0x3c, Repeat::anew, {}};
    Writer(request.data).u32le(session_id);
    return request;
}

}  // namespace haas::ipmi

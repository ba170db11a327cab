#include "plugins/ipmi/command/payload.hpp"

#include "plugins/ipmi/wire/reader.hpp"
#include "plugins/ipmi/wire/sol.hpp"
#include "plugins/ipmi/wire/writer.hpp"

namespace haas::ipmi {
namespace {

constexpr std::uint8_t sol_type = 0x01;
constexpr std::uint8_t this_channel = 0x0e;
constexpr std::uint8_t by_session_id = 0xff;

}  // namespace

Request activate_sol(std::uint8_t auxiliary) {
    return {NetFn::app, 0x48, Repeat::anew, {sol_type, sol_instance, auxiliary, 0, 0, 0}};
}

Request deactivate_sol() { return {NetFn::app, 0x49, Repeat::anew, {sol_type, sol_instance, 0, 0, 0, 0}}; }

Request sol_activation_status() { return {NetFn::app, 0x4a, Repeat::anew, {sol_type}}; }

Request sol_instance_info() { return {NetFn::app, 0x4b, Repeat::anew, {sol_type, sol_instance}}; }

Request channel_payload_support() { return {NetFn::app, 0x4e, Repeat::anew, {this_channel}}; }

Request session_info(std::uint32_t session_id) {
    Request request{NetFn::app, 0x3d, Repeat::anew, {by_session_id}};
    Writer(request.data).u32le(session_id);
    return request;
}

std::size_t parse_sol_activation(ByteView data) noexcept {
    Reader reader(data);
    reader.take(4);  // auxiliary data: test mode
    const std::size_t to_bmc = reader.u16le();
    if (!reader.finish_allowing_trailing_bytes()) return sol_cautious_data;
    if (to_bmc <= sol_header_bytes || to_bmc > sol_header_bytes + sol_most_data) return sol_cautious_data;
    return to_bmc - sol_header_bytes;
}

std::optional<bool> parse_sol_activation_status(ByteView data) noexcept {
    Reader reader(data);
    reader.u8();  // capacity
    const std::uint8_t instances = reader.u8();
    if (!reader.finish_allowing_trailing_bytes()) return std::nullopt;
    return (instances & 0x01) != 0;
}

std::optional<std::uint32_t> parse_sol_owner(ByteView data) noexcept {
    Reader reader(data);
    const std::uint32_t owner = reader.u32le();
    if (!reader.finish_allowing_trailing_bytes()) return std::nullopt;
    return owner;
}

std::optional<bool> parse_supports_sol(ByteView data) noexcept {
    Reader reader(data);
    const std::uint16_t standard_types = reader.u16le();
    if (!reader.finish_allowing_trailing_bytes()) return std::nullopt;
    return (standard_types >> sol_type & 1) != 0;
}

std::optional<SessionInfo> parse_session_info(ByteView data) noexcept {
    Reader reader(data);
    SessionInfo info;
    const std::uint8_t handle = reader.u8();
    reader.take(2);  // how many sessions there may be, and are
    if (!reader.finish_allowing_trailing_bytes()) return std::nullopt;
    // Without a session of that ID the answer ends here (handle 0).
    info.active = handle != 0 || reader.left() > 0;
    if (!info.active) return info;
    info.user_id = reader.u8() & 0x3f;
    reader.take(2);  // privilege level, channel
    if (!reader.finish_allowing_trailing_bytes()) return std::nullopt;
    const auto address = reader.bytes<4>();
    if (reader.finish_allowing_trailing_bytes() && address != std::array<std::uint8_t, 4>{}) info.address = address;
    return info;
}

}  // namespace haas::ipmi

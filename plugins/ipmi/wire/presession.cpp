#include "plugins/ipmi/wire/presession.hpp"

#include <cassert>

#include "plugins/ipmi/wire/rmcp.hpp"

namespace haas::ipmi {
namespace {

constexpr std::uint8_t authentication_none = 0x00;

}  // namespace

void encode_presession(ByteView message, Bytes& out) {
    assert(message.size() <= 255);
    out.clear();
    Writer writer(out);
    write_rmcp_header(writer);
    writer.u8(authentication_none);
    writer.u32le(0);  // session sequence number
    writer.u32le(0);  // session ID
    writer.u8(static_cast<std::uint8_t>(message.size()));
    writer.bytes(message);
}

std::optional<ByteView> decode_presession(ByteView datagram) noexcept {
    Reader reader(datagram);
    read_rmcp_header(reader);
    reader.expect(authentication_none);
    reader.u32le();  // some BMCs count these packets too
    const std::uint32_t session_id = reader.u32le();
    const std::uint8_t size = reader.u8();
    const ByteView message = reader.take(size);
    // Table 13-8, "legacy PAD": a sender may add one byte so that a packet avoids sizes some old network chips lose.
    if (reader.left() == 1) reader.u8();
    if (!reader.finish() || session_id != 0) return std::nullopt;
    return message;
}

}  // namespace haas::ipmi

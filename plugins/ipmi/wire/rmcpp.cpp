#include "plugins/ipmi/wire/rmcpp.hpp"

#include "plugins/ipmi/wire/rmcp.hpp"

namespace haas::ipmi {
namespace {

constexpr std::uint8_t authentication_rmcpp = 0x06;
constexpr std::uint8_t flag_encrypted = 0x80;
constexpr std::uint8_t flag_authenticated = 0x40;
constexpr std::uint8_t type_mask = 0x3f;
constexpr std::uint8_t next_header = 0x07;
constexpr std::size_t trailer_fixed_bytes = 2;  // pad length and next header

std::optional<RmcppHeader> read_header(Reader& reader) noexcept {
    read_rmcp_header(reader);
    reader.expect(authentication_rmcpp);
    const std::uint8_t type = reader.u8();
    RmcppHeader header;
    header.encrypted = (type & flag_encrypted) != 0;
    header.authenticated = (type & flag_authenticated) != 0;
    header.type = static_cast<PayloadType>(type & type_mask);
    header.session_id = reader.u32le();
    header.sequence = reader.u32le();
    header.payload_size = reader.u16le();
    if (!reader.finish_allowing_trailing_bytes() || header.type == PayloadType::oem_explicit) return std::nullopt;
    return header;
}

}  // namespace

void write_rmcp_and_session_header(Writer& writer, const RmcppHeader& header) {
    write_rmcp_header(writer);
    writer.u8(authentication_rmcpp);
    writer.u8(static_cast<std::uint8_t>((header.encrypted ? flag_encrypted : 0) |
                                        (header.authenticated ? flag_authenticated : 0) |
                                        static_cast<std::uint8_t>(header.type)));
    writer.u32le(header.session_id);
    writer.u32le(header.sequence);
    writer.u16le(header.payload_size);
}

void write_trailer(Writer& writer, std::size_t begin, PadRule rule) {
    const std::size_t counted = writer.size() - begin - rmcpp_authenticated_offset +
                                (rule == PadRule::all ? trailer_fixed_bytes : 0);
    const std::size_t pad = (4 - counted % 4) % 4;
    writer.fill(pad, 0xff);
    writer.u8(static_cast<std::uint8_t>(pad));
    writer.u8(next_header);
}

void encode_unprotected(PayloadType type, ByteView payload, Bytes& out) {
    out.clear();
    Writer writer(out);
    RmcppHeader header;
    header.type = type;
    header.payload_size = static_cast<std::uint16_t>(payload.size());
    write_rmcp_and_session_header(writer, header);
    writer.bytes(payload);
}

std::optional<RmcppHeader> peek_rmcpp_header(ByteView datagram) noexcept {
    Reader reader(datagram);
    return read_header(reader);
}

std::optional<RmcppPacket> decode_rmcpp(ByteView datagram, std::size_t auth_code_size) noexcept {
    Reader reader(datagram);
    const auto header = read_header(reader);
    if (!header) return std::nullopt;
    RmcppPacket packet;
    packet.header = *header;
    packet.payload = reader.take(header->payload_size);
    if (packet.header.authenticated) {
        if (reader.left() < trailer_fixed_bytes + auth_code_size) return std::nullopt;
        // The pad length byte is believed as long as the sizes agree, whatever its value: `icts` BMCs and
        // phosphor-net-ipmid count the pad differently, and the AuthCode covers it (field notes, section 1).
        const std::size_t pad = reader.left() - trailer_fixed_bytes - auth_code_size;
        reader.take(pad);
        if (reader.u8() != pad) return std::nullopt;
        reader.expect(next_header);
        packet.authenticated = datagram.subspan(rmcpp_authenticated_offset,
                                                datagram.size() - rmcpp_authenticated_offset - auth_code_size);
        packet.auth_code = reader.take(auth_code_size);
    }
    if (!reader.finish()) return std::nullopt;
    return packet;
}

}  // namespace haas::ipmi

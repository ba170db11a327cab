#include "tools/bmcsim/rmcp.hpp"

namespace haas::bmcsim {
namespace {

constexpr std::uint8_t version = 0x06;
constexpr std::uint8_t class_asf = 0x06;
constexpr std::uint8_t class_ipmi = 0x07;
constexpr std::uint8_t authtype_none = 0x00;
constexpr std::uint8_t authtype_rmcpp = 0x06;
constexpr std::uint8_t next_header = 0x07;

void encode_rmcp(Packet& out, std::uint8_t message_class) { out.octets({version, 0x00U, 0xFFU, message_class}); }

}  // namespace

Outer decode_rmcp(Octets datagram) noexcept {
    Cursor in(datagram);
    const std::uint8_t seen = in.u8();
    in.u8();  // reserved
    in.u8();  // RMCP sequence: an ACK is never owed for IPMI, and none is sent for ASF
    const std::uint8_t message_class = in.u8();
    if (!in.ok() || seen != version || in.left() == 0) {
        return {};
    }
    const Octets body = in.rest();
    if (message_class == class_asf) {
        return {Layer::ping, body};
    }
    if (message_class != class_ipmi) {
        return {};
    }
    if (body[0] == authtype_rmcpp) {
        return {Layer::rmcpp, body};
    }
    return body[0] == authtype_none ? Outer{Layer::ipmi15, body} : Outer{};
}

std::optional<std::uint8_t> decode_ping(Octets body) noexcept {
    Cursor in(body);
    const bool asf = in.u8() == 0x00 && in.u8() == 0x00 && in.u8() == 0x11 && in.u8() == 0xBE;
    const bool ping = in.u8() == 0x80;
    const std::uint8_t tag = in.u8();
    in.u8();
    const std::uint8_t length = in.u8();
    if (!in.ok() || !asf || !ping || length != 0 || in.left() != 0) {
        return std::nullopt;
    }
    return tag;
}

void encode_pong(Packet& out, std::uint8_t tag) {
    encode_rmcp(out, class_asf);
    out.octets({0x00, 0x00, 0x11, 0xBE, 0x40, tag, 0x00, 0x10});
    out.octets({0x00, 0x00, 0x11, 0xBE, 0x00, 0x00, 0x00, 0x00});
    // Supported entities: IPMI and ASF 1.0.  Supported interactions: none; six reserved bytes.
    out.octets({0x81, 0x00}).fill(6, 0x00);
}

std::optional<Octets> decode_ipmi15(Octets body) noexcept {
    Cursor in(body);
    in.u8();  // authtype, known to be "none"
    const std::uint32_t sequence = in.u32();
    const std::uint32_t session_id = in.u32();
    const std::uint8_t length = in.u8();
    const Octets message = in.take(length);
    // One byte more is the legacy pad of IPMI 1.5 for some Ethernet chips.
    if (!in.ok() || sequence != 0 || session_id != 0 || in.left() > 1) {
        return std::nullopt;
    }
    return message;
}

void encode_ipmi15(Packet& out, Octets message) {
    encode_rmcp(out, class_ipmi);
    out.u8(authtype_none).u32(0).u32(0).u8(static_cast<unsigned>(message.size())).octets(message);
}

std::optional<SessionPacket> decode_rmcpp(Octets body) noexcept {
    Cursor in(body);
    SessionPacket packet;
    in.u8();  // authtype, known to be RMCP+
    const std::uint8_t type = in.u8();
    packet.type = type & 0x3F;
    packet.encrypted = (type & 0x80) != 0;
    packet.authenticated = (type & 0x40) != 0;
    packet.session_id = in.u32();
    packet.sequence = in.u32();
    const std::uint16_t length = in.u16();
    packet.payload = in.take(length);
    if (!in.ok() || packet.type == static_cast<std::uint8_t>(PayloadType::oem_explicit)) {
        return std::nullopt;
    }
    packet.behind = in.rest();
    packet.covered = body;
    return packet;
}

std::optional<Trailer> decode_trailer(const SessionPacket& packet, std::size_t auth_code_size) noexcept {
    const std::size_t behind = packet.behind.size();
    if (behind < auth_code_size + 2) {
        return std::nullopt;
    }
    Trailer trailer;
    trailer.pad = behind - auth_code_size - 2;
    trailer.covered = packet.covered.first(packet.covered.size() - auth_code_size);
    trailer.auth_code = packet.behind.last(auth_code_size);
    if (packet.behind[trailer.pad] != trailer.pad || packet.behind[trailer.pad + 1] != next_header) {
        return std::nullopt;
    }
    return trailer;
}

void encode_rmcpp(Packet& out, const SessionHeader& header, Octets payload) {
    encode_rmcp(out, class_ipmi);
    out.u8(authtype_rmcpp);
    out.u8((header.encrypted ? 0x80U : 0U) | (header.authenticated ? 0x40U : 0U) | header.type);
    out.u32(header.session_id).u32(header.sequence).u16(static_cast<unsigned>(payload.size())).octets(payload);
}

}  // namespace haas::bmcsim

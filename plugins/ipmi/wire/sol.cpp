#include "plugins/ipmi/wire/sol.hpp"

#include "plugins/ipmi/wire/reader.hpp"
#include "plugins/ipmi/wire/writer.hpp"

namespace haas::ipmi {
namespace {

constexpr std::uint8_t sequence_mask = 0x0f;

}  // namespace

void encode_sol(const SolPacket& packet, Bytes& out) {
    Writer writer(out);
    writer.u8(packet.sequence);
    writer.u8(packet.ack);
    writer.u8(packet.accepted);
    writer.u8(packet.bits);
    writer.bytes(packet.data);
}

std::optional<SolPacket> decode_sol(ByteView payload) noexcept {
    Reader reader(payload);
    SolPacket packet;
    packet.sequence = reader.u8() & sequence_mask;
    packet.ack = reader.u8() & sequence_mask;
    packet.accepted = reader.u8();
    packet.bits = reader.u8();
    packet.data = reader.rest();
    if (!reader.finish()) return std::nullopt;
    return packet;
}

}  // namespace haas::ipmi

#include "plugins/ipmi/wire/message.hpp"

#include <numeric>

#include "plugins/ipmi/wire/reader.hpp"
#include "plugins/ipmi/wire/writer.hpp"

namespace haas::ipmi {
namespace {

// Two's complement: all covered bytes and the checksum add up to 0.
std::uint8_t checksum(ByteView bytes) noexcept {
    return static_cast<std::uint8_t>(-std::accumulate(bytes.begin(), bytes.end(), 0));
}

constexpr std::size_t smallest = 7;

}  // namespace

void encode_message(const Message& message, Bytes& out) {
    Writer writer(out);
    const std::size_t head = writer.size();
    writer.u8(message.to);
    writer.u8(static_cast<std::uint8_t>(message.netfn << 2 | (message.to_lun & 3)));
    writer.u8(checksum(writer.since(head)));
    const std::size_t tail = writer.size();
    writer.u8(message.from);
    writer.u8(static_cast<std::uint8_t>(message.rq_seq << 2 | (message.from_lun & 3)));
    writer.u8(message.command);
    writer.bytes(message.body);
    writer.u8(checksum(writer.since(tail)));
}

std::optional<Message> decode_message(ByteView payload) noexcept {
    if (payload.size() < smallest) return std::nullopt;
    Reader reader(payload);
    Message message;
    message.to = reader.u8();
    const std::uint8_t netfn_lun = reader.u8();
    message.netfn = netfn_lun >> 2;
    message.to_lun = netfn_lun & 3;
    const std::uint8_t head_checksum = reader.u8();
    message.from = reader.u8();
    const std::uint8_t seq_lun = reader.u8();
    message.rq_seq = seq_lun >> 2;
    message.from_lun = seq_lun & 3;
    message.command = reader.u8();
    message.body = reader.take(payload.size() - smallest);
    const std::uint8_t tail_checksum = reader.u8();
    message.checksums_good = head_checksum == checksum(payload.first(2)) &&
                             tail_checksum == checksum(payload.subspan(3, payload.size() - 4));
    if (!reader.finish()) return std::nullopt;
    return message;
}

}  // namespace haas::ipmi

#include "plugins/ipmi/wire/rakp.hpp"

#include "plugins/ipmi/wire/reader.hpp"
#include "plugins/ipmi/wire/writer.hpp"

namespace haas::ipmi {
namespace {

constexpr std::size_t max_name_bytes = 16;

// What RAKP 2, 3 and 4 begin with.
struct Head {
    std::uint8_t tag = 0;
    std::uint8_t status = 0;
    std::uint32_t session_id = 0;
};

void write_head(Writer& writer, const Head& head) {
    writer.u8(head.tag);
    writer.u8(head.status);
    writer.u16le(0);
    writer.u32le(head.session_id);
}

Head read_head(Reader& reader) noexcept {
    Head head;
    head.tag = reader.u8();
    head.status = reader.u8();
    reader.u16le();
    head.session_id = reader.u32le();
    return head;
}

}  // namespace

void encode(const Rakp1& rakp1, Bytes& out) {
    Writer writer(out);
    writer.u8(rakp1.tag);
    writer.fill(3, 0);
    writer.u32le(rakp1.bmc_id);
    writer.bytes(rakp1.console_random);
    writer.u8(rakp1.role);
    writer.u16le(0);
    writer.u8(static_cast<std::uint8_t>(rakp1.user.size()));
    writer.bytes(rakp1.user);
    if (rakp1.fills_field) writer.fill(max_name_bytes - rakp1.user.size(), 0);
}

std::optional<Rakp1> decode_rakp1(ByteView payload) noexcept {
    Reader reader(payload);
    Rakp1 rakp1;
    rakp1.tag = reader.u8();
    reader.take(3);
    rakp1.bmc_id = reader.u32le();
    rakp1.console_random = reader.bytes<16>();
    rakp1.role = reader.u8();
    reader.u16le();
    const std::uint8_t name_size = reader.u8();
    rakp1.user = reader.take(name_size);
    if (!reader.finish() || name_size > max_name_bytes) return std::nullopt;
    return rakp1;
}

void encode(const Rakp2& rakp2, Bytes& out) {
    Writer writer(out);
    write_head(writer, {rakp2.tag, rakp2.status, rakp2.console_id});
    if (rakp2.status != 0) return;
    writer.bytes(rakp2.bmc_random);
    writer.bytes(rakp2.bmc_guid);
    writer.bytes(rakp2.key_exchange_code);
}

std::optional<Rakp2> decode_rakp2(ByteView payload) noexcept {
    Reader reader(payload);
    const Head head = read_head(reader);
    Rakp2 rakp2{head.tag, head.status, head.session_id, {}, {}, {}};
    if (head.status == 0) {
        rakp2.bmc_random = reader.bytes<16>();
        rakp2.bmc_guid = reader.bytes<16>();
        rakp2.key_exchange_code = reader.rest();
    }
    if (!reader.finish_allowing_trailing_bytes()) return std::nullopt;
    return rakp2;
}

void encode(const Rakp3& rakp3, Bytes& out) {
    Writer writer(out);
    write_head(writer, {rakp3.tag, rakp3.status, rakp3.bmc_id});
    if (rakp3.status == 0) writer.bytes(rakp3.key_exchange_code);
}

std::optional<Rakp3> decode_rakp3(ByteView payload) noexcept {
    Reader reader(payload);
    const Head head = read_head(reader);
    Rakp3 rakp3{head.tag, head.status, head.session_id, {}};
    if (head.status == 0) rakp3.key_exchange_code = reader.rest();
    if (!reader.finish_allowing_trailing_bytes()) return std::nullopt;
    return rakp3;
}

void encode(const Rakp4& rakp4, Bytes& out) {
    Writer writer(out);
    write_head(writer, {rakp4.tag, rakp4.status, rakp4.console_id});
    if (rakp4.status == 0) writer.bytes(rakp4.integrity_check_value);
}

std::optional<Rakp4> decode_rakp4(ByteView payload) noexcept {
    Reader reader(payload);
    const Head head = read_head(reader);
    Rakp4 rakp4{head.tag, head.status, head.session_id, {}};
    if (head.status == 0) rakp4.integrity_check_value = reader.rest();
    if (!reader.finish_allowing_trailing_bytes()) return std::nullopt;
    return rakp4;
}

}  // namespace haas::ipmi

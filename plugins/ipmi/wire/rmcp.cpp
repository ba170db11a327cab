#include "plugins/ipmi/wire/rmcp.hpp"

namespace haas::ipmi {
namespace {

constexpr std::uint8_t version = 0x06;
constexpr std::uint8_t no_ack = 0xff;
constexpr std::uint8_t class_ipmi = 0x07;

}  // namespace

void write_rmcp_header(Writer& writer) {
    writer.u8(version);
    writer.u8(0);
    writer.u8(no_ack);
    writer.u8(class_ipmi);
}

void read_rmcp_header(Reader& reader) noexcept {
    reader.expect(version);
    reader.u8();  // reserved
    reader.u8();  // sequence: without RMCP ACKs it says nothing
    reader.expect(class_ipmi);
}

}  // namespace haas::ipmi

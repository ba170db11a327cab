#include "core/http/websocket_frame.hpp"

#include <algorithm>

namespace haas::http {
namespace {

void append_big_endian(std::string& out, std::uint64_t value, unsigned bytes) {
    for (unsigned left = bytes; left > 0; --left) out += static_cast<char>(value >> (8 * (left - 1)) & 0xFF);
}

}  // namespace

std::string frame_head(Opcode opcode, std::size_t size) {
    std::string head;
    head += static_cast<char>(0x80 | static_cast<std::uint8_t>(opcode));  // FIN: never in fragments
    if (size <= longest_control) {
        append_big_endian(head, size, 1);
    } else if (size <= 0xFFFF) {
        head += static_cast<char>(126);
        append_big_endian(head, size, 2);
    } else {
        head += static_cast<char>(127);
        append_big_endian(head, size, 8);
    }
    return head;
}

std::string close_payload(CloseCode code, std::string_view reason) {
    std::string payload;
    if (code == CloseCode::no_code) return payload;
    append_big_endian(payload, static_cast<std::uint16_t>(code), 2);
    std::size_t size = std::min(reason.size(), longest_control - 2);
    const auto continues = [&](std::size_t at) { return at < reason.size() && (reason[at] & 0xC0) == 0x80; };
    while (size > 0 && continues(size)) --size;
    payload += reason.substr(0, size);
    return payload;
}

bool may_be_said(CloseCode code) noexcept {
    const auto number = static_cast<std::uint16_t>(code);
    if (number >= 1000 && number <= 1014) return number < 1004 || number > 1006;
    return number >= 3000 && number <= 4999;
}

}  // namespace haas::http

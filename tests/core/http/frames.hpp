// WebSocket frames as a client writes them, good and bad: the other side's hand, which shares no line with core/http.
// RFC 6455 section 5.2.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace haas::http::test {

struct Frame {
    std::uint8_t first = 0x81;  // FIN, reserved bits and opcode
    std::string_view payload;
    bool masked = true;
    std::string_view mask = "\x37\xfa\x21\x3d";
    int length_bytes = -1;      // 0, 2 or 8; -1: the shortest
};

inline std::string bytes_of(const Frame& frame) {
    const std::uint64_t size = frame.payload.size();
    const int more = frame.length_bytes >= 0 ? frame.length_bytes : size < 126 ? 0 : size < 65536 ? 2 : 8;
    std::string out(1, static_cast<char>(frame.first));
    const unsigned length = more == 0 ? static_cast<unsigned>(size) : more == 2 ? 126 : 127;
    out += static_cast<char>(length | (frame.masked ? 0x80U : 0U));
    for (int i = more - 1; i >= 0; --i) out += static_cast<char>(size >> (8 * i));
    if (!frame.masked) return out.append(frame.payload);
    out += frame.mask;
    std::size_t at = 0;
    for (const char c : frame.payload) out += static_cast<char>(c ^ frame.mask[at++ % 4]);
    return out;
}

inline std::string client_frame(std::uint8_t first, std::string_view payload) { return bytes_of({first, payload}); }
// As a server writes it.
inline std::string server_frame(std::uint8_t first, std::string_view payload) {
    return bytes_of({first, payload, false});
}

}  // namespace haas::http::test

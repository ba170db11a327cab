// Bytes as tests write them: hexadecimal, spaces allowed.
#pragma once

#include <stdexcept>
#include <string_view>

#include "plugins/ipmi/wire/bytes.hpp"

namespace haas::ipmi {

inline std::uint8_t hex_digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
    throw std::invalid_argument("not a hexadecimal digit");
}

inline Bytes from_hex(std::string_view text) {
    Bytes bytes;
    bool half = false;
    for (const char c : text) {
        if (c == ' ') continue;
        const std::uint8_t digit = hex_digit(c);
        if (half) {
            bytes.back() = static_cast<std::uint8_t>(bytes.back() << 4 | digit);
        } else {
            bytes.push_back(digit);
        }
        half = !half;
    }
    if (half) throw std::invalid_argument("half a byte");
    return bytes;
}

inline Bytes copy(ByteView view) { return Bytes(view.begin(), view.end()); }
inline ByteView view(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace haas::ipmi

#include "core/http/utf8.hpp"

namespace haas::http {

bool Utf8Check::feed(std::string_view bytes) noexcept {
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (due_ > 0) {
            if (byte < low_ || byte > high_) return false;
            --due_;
            low_ = 0x80;
            high_ = 0xBF;
            continue;
        }
        if (byte < 0x80) continue;
        if (byte < 0xC2 || byte > 0xF4) return false;
        due_ = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
        if (byte == 0xE0) low_ = 0xA0;   // less is overlong
        if (byte == 0xED) high_ = 0x9F;  // more is a surrogate
        if (byte == 0xF0) low_ = 0x90;   // less is overlong
        if (byte == 0xF4) high_ = 0x8F;  // more is beyond U+10FFFF
    }
    return true;
}

}  // namespace haas::http

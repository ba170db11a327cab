#include "core/auth/basic.hpp"

#include <cstdint>

namespace haas::auth {
namespace {

// The six bits that a character stands for, or -1.
int sextet(char c) noexcept {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    if (c == '/') return 63;
    return -1;
}

}  // namespace

// Not OpenSSL's EVP_DecodeBlock: it trims white space, and pads its result with zeros.
std::optional<Secret> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && text.ends_with('=')) {
        text.remove_suffix(1);
        ++padding;
    }

    std::string bytes;
    bytes.reserve(text.size() / 4 * 3 + 3);  // once: a buffer outgrown would stay behind unwiped
    std::uint32_t bits = 0;
    unsigned held = 0;
    bool valid = true;
    for (const char c : text) {
        const int value = sextet(c);
        valid = valid && value >= 0;
        bits = (bits << 6U) | (static_cast<std::uint32_t>(value) & 0x3fU);
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes += static_cast<char>((bits >> held) & 0xffU);
        }
    }
    valid = valid && (bits & ((1U << held) - 1U)) == 0;
    Secret decoded = Secret::taken_from(bytes);
    if (!valid) return std::nullopt;
    return decoded;
}

std::optional<BasicCredentials> decode_basic(std::string_view text) {
    const auto decoded = decode_base64(text);
    if (!decoded) return std::nullopt;
    const std::string_view pair = decoded->reveal();
    const std::size_t colon = pair.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    return BasicCredentials{std::string(pair.substr(0, colon)), Secret(pair.substr(colon + 1))};
}

}  // namespace haas::auth

#include "core/auth/random_text.hpp"

#include <string>

#include <openssl/rand.h>

namespace haas::auth {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view base64url_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

Result<Secret> random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1) {
        return fail(Errc::internal, "there are no random numbers for a token: OpenSSL's generator failed");
    }
    return Secret::taken_from(bytes);
}

}  // namespace

Result<Secret> random_hex(std::size_t bytes) {
    const auto random = random_bytes(bytes);
    if (!random) return Failure(random.error());
    std::string text;
    text.reserve(2 * bytes);  // once: a buffer outgrown would stay behind unwiped
    for (const char c : random->reveal()) {
        const auto byte = static_cast<unsigned char>(c);
        text += hex_digits[byte >> 4U];
        text += hex_digits[byte & 0x0fU];
    }
    return Secret::taken_from(text);
}

Result<Secret> random_base64url(std::string_view prefix, std::size_t bytes) {
    const auto random = random_bytes(bytes);
    if (!random) return Failure(random.error());
    std::string text;
    text.reserve(prefix.size() + (4 * bytes + 2) / 3);
    text += prefix;
    unsigned bits = 0;
    unsigned held = 0;
    for (const char c : random->reveal()) {
        bits = ((bits << 8U) | static_cast<unsigned char>(c)) & 0xffffU;
        for (held += 8; held >= 6; held -= 6) text += base64url_digits[(bits >> (held - 6)) & 0x3fU];
    }
    if (held > 0) text += base64url_digits[(bits << (6 - held)) & 0x3fU];
    return Secret::taken_from(text);
}

}  // namespace haas::auth

#include "core/http/websocket_handshake.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/format.h>
#include <openssl/evp.h>

namespace haas::http {
namespace {

tl::unexpected<Refusal> refuse(unsigned status, std::string sentence) {
    return tl::unexpected(Refusal{status, std::move(sentence)});
}

std::size_t times(const Request& request, std::string_view name) {
    const auto has_name = [&](const Header& field) { return equal_ignoring_case(field.name, name); };
    return static_cast<std::size_t>(std::count_if(request.headers.begin(), request.headers.end(), has_name));
}

bool lists(const Request& request, std::string_view name, std::string_view word) {
    const auto members = request.list(name);
    return std::any_of(members.begin(), members.end(),
                       [&](std::string_view member) { return equal_ignoring_case(member, word); });
}

// Sixteen bytes in base64.
bool is_key(std::string_view text) noexcept {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return text.size() == 24 && text.substr(22) == "==" &&
           text.substr(0, 22).find_first_not_of(alphabet) == std::string_view::npos;
}

// RFC 9110 section 5.6.2.
bool is_token(std::string_view text) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        const bool letter_or_digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        return letter_or_digit || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

// Each is a token, and none is there twice.
bool are_subprotocols(std::vector<std::string_view> names) {
    std::sort(names.begin(), names.end());
    return std::all_of(names.begin(), names.end(), is_token) &&
           std::adjacent_find(names.begin(), names.end()) == names.end();
}

}  // namespace

WebSocketWish judge_upgrade(const Request& request, bool http10) {
    if (http10 || !lists(request, "Upgrade", "websocket")) {
        return refuse(426, "This is spoken over WebSocket only: ask for it with Upgrade: websocket (RFC 6455).");
    }
    if (request.method != "GET") return refuse(400, "A WebSocket is asked for with GET.");
    if (!lists(request, "Connection", "Upgrade")) {
        return refuse(400, "The Upgrade is not named by a Connection header; a proxy on the way must pass both on.");
    }
    if (times(request, "Sec-WebSocket-Version") > 1) return refuse(400, "Sec-WebSocket-Version is said repeatedly.");
    if (const auto version = request.header("Sec-WebSocket-Version"); version != "13") {
        return refuse(426, fmt::format("The WebSocket version {} is not spoken here, only 13 is.", quoted(version)));
    }
    const auto key = request.header("Sec-WebSocket-Key");
    if (times(request, "Sec-WebSocket-Key") != 1 || !is_key(key)) {
        return refuse(400, "Sec-WebSocket-Key has to be there once, as 16 bytes in base64.");
    }
    if (!are_subprotocols(request.list("Sec-WebSocket-Protocol"))) {
        return refuse(400, "Sec-WebSocket-Protocol has to be a list of names, each once.");
    }
    return websocket_accept(key);
}

std::string websocket_accept(std::string_view key) {
    const std::string proof = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(proof.data(), proof.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) {
        throw std::runtime_error("OpenSSL has no SHA-1");
    }
    std::array<unsigned char, 32> text{};  // four characters for each three bytes of twenty, and a NUL
    const int length = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(size));
    return {text.begin(), text.begin() + length};
}

}  // namespace haas::http

#include "core/api/console_json.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/api/console_text.hpp"
#include "core/api/json.hpp"
#include "core/api/timestamp.hpp"

namespace haas::api {
namespace {

constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// The years 0 to 9999, which RFC 3339 can write.
constexpr std::int64_t first_ms = -62'167'219'200'000;
constexpr std::int64_t last_ms = 253'402'300'799'999;

bool has_lost(console::Kind kind) noexcept { return kind == console::Kind::gap || kind == console::Kind::missing; }

}  // namespace

console::Piece piece_of(console::Entry entry) {
    return {entry.kind, entry.time_ms, std::move(entry.text), entry.lost, entry.offset};
}

std::optional<std::uint64_t> offset_behind(const console::Piece& piece) noexcept {
    if (!piece.offset) return std::nullopt;
    if (piece.kind == console::Kind::data) return *piece.offset + piece.text.size();
    return *piece.offset + (piece.kind == console::Kind::missing ? piece.lost : 0);
}

std::string console_json(const console::Piece& piece) {
    JsonWriter json;
    json.begin_object();
    json.key("kind").string(name(piece.kind));
    json.key("time").string(to_rfc3339(Milliseconds(std::chrono::milliseconds(std::clamp(piece.time_ms, first_ms, last_ms)))));
    json.key("offset");
    piece.offset ? json.integer(static_cast<std::int64_t>(*piece.offset)) : json.null();
    if (has_lost(piece.kind)) {
        json.key("lost");
        piece.lost > 0 ? json.integer(static_cast<std::int64_t>(piece.lost)) : json.null();
    }
    if (utf8_rest(piece.text) == 0U) {
        json.key(piece.kind == console::Kind::data ? "data" : "text").string(piece.text);
    } else if (piece.kind == console::Kind::data) {
        json.key("data_base64").string(encode_base64(piece.text));
    } else {
        // A sentence may have been cut within a character.
        json.key("text").string(stripped(piece.text));
    }
    json.end_object();
    return json.take();
}

std::string console_event(const console::Piece& piece) {
    const auto behind = offset_behind(piece);
    return fmt::format("{}event: {}\ndata: {}\n\n", behind ? fmt::format("id: {}\n", *behind) : "", name(piece.kind), console_json(piece));
}

std::string encode_base64(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::size_t size = std::min<std::size_t>(bytes.size() - at, 3);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i) bits = bits << 8 | (i < size ? static_cast<unsigned char>(bytes[at + i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i) text += i <= size ? base64_digits[bits >> (18 - 6 * i) & 0x3FU] : '=';
    }
    return text;
}

}  // namespace haas::api

#include "core/api/console_text.hpp"

#include <algorithm>
#include <utility>

namespace haas::api {
namespace {

// Table 2 of ECMA-48, where the functions of two bytes have their 8-bit form as well.
constexpr char32_t line_feed = 0x0A;
constexpr char32_t carriage_return = 0x0D;
constexpr char32_t tabulation = 0x09;
constexpr char32_t bell = 0x07;
constexpr char32_t cancel = 0x18;
constexpr char32_t substitute = 0x1A;
constexpr char32_t escape = 0x1B;
constexpr char32_t delete_character = 0x7F;
constexpr char32_t dcs = 0x90;
constexpr char32_t sos = 0x98;
constexpr char32_t csi = 0x9B;
constexpr char32_t osc = 0x9D;
constexpr char32_t pm = 0x9E;
constexpr char32_t apc = 0x9F;

bool is_c0(char32_t character) noexcept { return character < 0x20; }
bool is_c1(char32_t character) noexcept { return character >= 0x80 && character < 0xA0; }
bool opens_string(char32_t c1) noexcept { return c1 == dcs || c1 == sos || c1 == osc || c1 == pm || c1 == apc; }
bool between(char32_t character, char32_t low, char32_t high) noexcept { return character >= low && character <= high; }

// How many characters of ASCII that are no control functions it begins with.
std::size_t plain_text(std::string_view bytes) noexcept {
    const auto is_plain = [](char c) { return c >= 0x20 && c < 0x7F; };
    return static_cast<std::size_t>(std::find_if_not(bytes.begin(), bytes.end(), is_plain) - bytes.begin());
}

void append_utf8(char32_t character, std::string& text) {
    const auto put = [&](char32_t byte) { text += static_cast<char>(static_cast<unsigned char>(byte)); };
    const auto tail = [&](int shift) { put(0x80U | ((character >> shift) & 0x3FU)); };
    if (character < 0x80) return put(character);
    if (character < 0x800) {
        put(0xC0U | (character >> 6));
        return tail(0);
    }
    if (character < 0x10000) {
        put(0xE0U | (character >> 12));
        tail(6);
        return tail(0);
    }
    put(0xF0U | (character >> 18));
    tail(12);
    tail(6);
    tail(0);
}

}  // namespace

// RFC 3629 section 4: no overlong forms, no surrogates, nothing above U+10FFFF.
Utf8Reader::Read Utf8Reader::feed(unsigned char byte) noexcept {
    Read read;
    if (due_ > 0) {
        if (byte >= low_ && byte <= high_) {
            value_ = value_ << 6 | (byte & 0x3FU);
            low_ = 0x80;
            high_ = 0xBF;
            ++begun_;
            if (--due_ > 0) return read;
            reset();
            read.character = value_;
            return read;
        }
        reset();
        read.broken = true;
    }
    if (byte < 0x80) {
        read.character = byte;
        return read;
    }
    if (byte < 0xC2 || byte > 0xF4) {
        read.stray = true;
        return read;
    }
    due_ = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    begun_ = 1;
    value_ = byte & (0x3FU >> due_);
    low_ = byte == 0xE0 ? 0xA0 : byte == 0xF0 ? 0x90 : 0x80;   // less is overlong
    high_ = byte == 0xED ? 0x9F : byte == 0xF4 ? 0x8F : 0xBF;  // more is a surrogate, or beyond U+10FFFF
    return read;
}

std::optional<std::size_t> utf8_rest(std::string_view bytes) noexcept {
    Utf8Reader reader;
    for (const char c : bytes) {
        const auto read = reader.feed(static_cast<unsigned char>(c));
        if (read.broken || read.stray) return std::nullopt;
    }
    return reader.begun();
}

// ---- TextFilter -----------------------------------------------------------------------------------------------------

void TextFilter::feed(std::string_view bytes, std::string& text) {
    while (!bytes.empty()) {
        // Most of it is this.
        if (const std::size_t plain = state_ == State::text && reader_.begun() == 0 ? plain_text(bytes) : 0; plain > 0) {
            if (std::exchange(returned_, false)) text += '\n';
            text += bytes.substr(0, plain);
            line_begun_ = true;
            bytes.remove_prefix(plain);
            continue;
        }
        const auto byte = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        const Utf8Reader::Read read = reader_.feed(byte);
        if (read.broken) take(Utf8Reader::replacement, text);
        if (read.character) take(*read.character, text);
        if (read.stray) take(is_c1(byte) ? byte : Utf8Reader::replacement, text);
    }
}

void TextFilter::finish(std::string& text) {
    if (reader_.begun() > 0) take(Utf8Reader::replacement, text);
    *this = {};
}

void TextFilter::begin(State state) noexcept {
    state_ = state;
    size_ = 0;
}

void TextFilter::take(char32_t character, std::string& text) {
    // Both begin anew, or end, wherever they stand; ESC and a backslash is ST.
    if (character == escape) return begin(State::escape);
    if (is_c1(character)) return begin(opens_string(character) ? State::string : character == csi ? State::sequence : State::text);
    if (state_ != State::text && goes_on(character)) return;
    is_c0(character) || character == delete_character ? control(character, text) : show(character, text);
}

// Does what is no text take this character?
bool TextFilter::goes_on(char32_t character) {
    if (++size_ > longest_string || character == line_feed) {
        begin(State::text);
        return false;
    }
    if (state_ == State::string) {
        if (character == bell || character == cancel || character == substitute) begin(State::text);
        return true;
    }
    if (state_ == State::escape && size_ == 1 && between(character, 0x40, 0x5F)) {
        const char32_t c1 = character + 0x40;
        begin(opens_string(c1) ? State::string : c1 == csi ? State::sequence : State::text);
        return true;
    }
    // Parameters and intermediate bytes, and for ESC only the latter; then the final byte.
    if (between(character, 0x20, state_ == State::sequence ? 0x3F : 0x2F) || character == delete_character) return true;
    const bool is_final = between(character, state_ == State::sequence ? 0x40 : 0x30, 0x7E);
    begin(State::text);
    return is_final;
}

void TextFilter::control(char32_t character, std::string& text) {
    if (character == tabulation) return show(character, text);
    if (character == carriage_return) returned_ = line_begun_;
    if (character != line_feed) return;
    text += '\n';
    line_begun_ = returned_ = false;
}

void TextFilter::show(char32_t character, std::string& text) {
    if (std::exchange(returned_, false)) text += '\n';
    append_utf8(character, text);
    line_begun_ = true;
}

std::string stripped(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size());
    TextFilter filter;
    filter.feed(bytes, text);
    filter.finish(text);
    return text;
}

// ---- LineSearch -----------------------------------------------------------------------------------------------------

void LineSearch::feed(const console::Piece& piece, std::vector<console::Piece>& found) {
    if (piece.kind == console::Kind::gap || piece.kind == console::Kind::missing) return finish(found);
    if (piece.kind != console::Kind::data) return;
    std::string_view rest = piece.text;
    while (!rest.empty()) {
        if (line_.text.empty()) {
            line_.time_ms = piece.time_ms;
            line_.offset = piece.offset;
            if (line_.offset) *line_.offset += piece.text.size() - rest.size();
        }
        const std::size_t feed_at = rest.find('\n');
        const bool ends = feed_at != std::string_view::npos && feed_at < longest_line - line_.text.size();
        const std::size_t size = ends ? feed_at + 1 : std::min(rest.size(), longest_line - line_.text.size());
        line_.text += rest.substr(0, size);
        rest.remove_prefix(size);
        if (ends || line_.text.size() == longest_line) finish(found);
    }
}

void LineSearch::finish(std::vector<console::Piece>& found) {
    console::Piece line = std::exchange(line_, {});
    if (!line.text.empty() && stripped(line.text).find(wanted_) != std::string::npos) found.push_back(std::move(line));
}

}  // namespace haas::api

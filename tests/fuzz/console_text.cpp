// What a console printed, as text, as found lines and as JSON: the same in whatever pieces it comes, always UTF-8 without
// control functions, and in JSON not a byte more or less.
#include <string>
#include <vector>

#include "core/api/console_format.hpp"
#include "core/api/console_json.hpp"
#include "core/api/console_text.hpp"
#include "core/api/json.hpp"
#include "core/auth/basic.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace haas::api {
namespace {

using console::Kind;
using console::Piece;
using fuzz::require;

// Offsets begin somewhere, since the first is not 0 in life either.
constexpr std::uint64_t first_offset = 1000;

// `sizes` of pieces, over and over.
std::vector<Piece> cut(std::string_view stream, std::span<const std::uint8_t> sizes) {
    std::vector<Piece> pieces;
    std::uint64_t offset = first_offset;
    for (std::size_t turn = 0; !stream.empty(); ++turn) {
        const std::size_t wanted = sizes.empty() ? stream.size() : 1U + sizes[turn % sizes.size()];
        const std::size_t size = std::min(wanted, stream.size());
        pieces.push_back({Kind::data, static_cast<std::int64_t>(turn), std::string(stream.substr(0, size)), 0, offset});
        stream.remove_prefix(size);
        offset += size;
    }
    return pieces;
}

std::string formatted(ConsoleForm form, const std::vector<Piece>& pieces) {
    ConsoleFormat format(form);
    std::string bytes;
    for (const Piece& piece : pieces) format.add(piece, bytes);
    format.finish(bytes);
    return bytes;
}

bool is_text(std::string_view text) {
    if (utf8_rest(text) != 0U) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F) return false;
        if (byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0) return false;  // C1
    }
    return true;
}

// A control function between two characters takes nothing away, and itself does not stay.
void stays_with(const std::string& text, std::size_t at, std::string_view function) {
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80) ++at;
    if (at > text.size()) return;
    std::string marked = text;
    marked.insert(at, function);
    require(stripped(marked) == text, "a control function is taken away, and nothing else");
}

std::vector<Piece> searched(const std::string& wanted, const std::vector<Piece>& pieces) {
    LineSearch search(wanted);
    std::vector<Piece> found;
    for (const Piece& piece : pieces) search.feed(piece, found);
    search.finish(found);
    for (Piece& line : found) line.time_ms = 0;  // that of a piece
    return found;
}

// Line by line, with all of it at hand.
std::vector<Piece> plainly_searched(const std::string& wanted, std::string_view stream) {
    std::vector<Piece> found;
    for (std::size_t at = 0; at < stream.size();) {
        const std::size_t line_feed = std::min(stream.find('\n', at), stream.size() - 1);
        const std::string line(stream.substr(at, line_feed + 1 - at));
        if (stripped(line).find(wanted) != std::string::npos) found.push_back({Kind::data, 0, line, 0, first_offset + at});
        at = line_feed + 1;
    }
    return found;
}

void same_bytes_in_json(std::string_view stream, const std::vector<Piece>& pieces) {
    const std::string lines = formatted(ConsoleForm::ndjson, pieces);
    std::string bytes;
    for (std::size_t at = 0; at < lines.size();) {
        const std::size_t end = lines.find('\n', at);
        require(end != std::string::npos, "every line ends");
        const auto json = parse_json(std::string_view(lines).substr(at, end - at), 1);
        require(json.has_value(), "a line is JSON");
        require((*json)["offset"].GetUint64() == first_offset + bytes.size(), "the offsets have no holes");
        if (json->HasMember("data")) {
            bytes += view((*json)["data"]);
        } else {
            const auto decoded = auth::decode_base64(view((*json)["data_base64"]));
            require(decoded && utf8_rest(decoded->reveal()) != 0U, "base64 is for what is no UTF-8");
            bytes += decoded->reveal();
        }
        at = end + 1;
    }
    require(bytes == stream, "no byte more or less");
}

}  // namespace
}  // namespace haas::api

// How many sizes of pieces, and they; how long the text to find is, and that; then what the console prints.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace haas::api;
    using haas::fuzz::require;
    haas::fuzz::Choices choices({data, size});
    const auto sizes = choices.bytes(choices.below(16));
    const auto wanted_bytes = choices.bytes(choices.below(8));
    const std::string wanted(haas::fuzz::text_of(wanted_bytes.data(), wanted_bytes.size()));
    const auto rest = choices.rest();
    const std::string_view stream = haas::fuzz::text_of(rest.data(), rest.size());
    if (stream.size() >= LineSearch::longest_line) return 0;

    const std::string text = stripped(stream);
    require(is_text(text), "text is UTF-8, without control functions");
    require(stripped(text) == text, "text is text");
    constexpr std::string_view functions[] = {"\x1B[1;31m", "\x1B]0;t\x07", "\x1BPq\x1B\\", "\x1B(B", "\x9B" "0m", "\xC2\x85", "\b"};
    stays_with(text, sizes.empty() ? 0 : sizes.front(), functions[sizes.size() % std::size(functions)]);

    constexpr std::uint8_t single[] = {0};
    for (const std::span<const std::uint8_t> one : {std::span<const std::uint8_t>(single), sizes, std::span<const std::uint8_t>()}) {
        const auto pieces = cut(stream, one);
        require(formatted(ConsoleForm::raw, pieces) == stream, "raw is what came");
        require(formatted(ConsoleForm::text, pieces) == text, "the same text in pieces");
        require(searched(wanted, pieces) == plainly_searched(wanted, stream), "the lines that hold it, and no other");
        if (pieces.size() <= 256) same_bytes_in_json(stream, pieces);  // parsing takes its time
    }
    return 0;
}

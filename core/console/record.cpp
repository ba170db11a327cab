#include "core/console/record.hpp"

#include <array>
#include <charconv>
#include <concepts>

#include <fmt/format.h>

#include "core/console/crc32c.hpp"

namespace haas::console {
namespace {

constexpr std::string_view magic("HAASCON\x01", 8);
constexpr std::string_view record_mark("\xC5\x0B", 2);
constexpr std::size_t header_crc_at = 36;
constexpr std::size_t record_crc_at = 32;
constexpr std::size_t gap_count_size = 8;

template <std::unsigned_integral T>
void put(std::string& to, T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i) to.push_back(static_cast<char>((value >> (8 * i)) & 0xFF));
}

// The caller has looked whether there are enough bytes.
template <std::unsigned_integral T>
T take(std::string_view bytes, std::size_t at) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = sizeof(T); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return static_cast<T>(value);
}

std::uint32_t salted(std::uint64_t salt) noexcept {
    std::array<char, 8> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>((salt >> (8 * i)) & 0xFF);
    return crc32c({bytes.data(), bytes.size()});
}

template <class T>
bool parse_hex(std::string_view text, T& value) noexcept {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string_view name(Kind kind) noexcept {
    switch (kind) {
        case Kind::missing: return "missing";
        case Kind::data: return "data";
        case Kind::connected: return "connected";
        case Kind::disconnected: return "disconnected";
        case Kind::unavailable: return "unavailable";
        case Kind::stolen: return "stolen";
        case Kind::gap: return "gap";
        case Kind::power: return "power";
        case Kind::typed: return "typed";
        case Kind::sent_break: return "break";
        case Kind::capture_on: return "capture_on";
        case Kind::capture_off: return "capture_off";
        case Kind::writer: return "writer";
    }
    return "unknown";
}

std::string file_name(const Segment& segment) {
    return fmt::format("{:08x}-{:016x}-{:012x}.log", segment.number, segment.offset,
                       static_cast<std::uint64_t>(segment.time_ms) & 0xFFFF'FFFF'FFFF);
}

std::optional<Segment> parse_file_name(std::string_view name) {
    if (name.size() != 42 || name[8] != '-' || name[25] != '-' || name.substr(38) != ".log") return std::nullopt;
    Segment segment;
    if (!parse_hex(name.substr(0, 8), segment.number) || !parse_hex(name.substr(9, 16), segment.offset) ||
        !parse_hex(name.substr(26, 12), segment.time_ms)) {
        return std::nullopt;
    }
    // One spelling only: the file is opened by the name that the numbers give.
    return file_name(segment) == name ? std::optional(segment) : std::nullopt;
}

std::string encode_header(const Segment& segment, std::uint64_t salt) {
    std::string bytes(magic);
    put(bytes, salt);
    put(bytes, segment.offset);
    put(bytes, static_cast<std::uint64_t>(segment.time_ms));
    put(bytes, segment.number);
    put(bytes, crc32c(bytes));
    return bytes;
}

std::optional<std::uint64_t> decode_header(std::string_view bytes, const Segment& segment) noexcept {
    if (bytes.size() < segment_header_size || bytes.substr(0, magic.size()) != magic) return std::nullopt;
    if (take<std::uint32_t>(bytes, header_crc_at) != crc32c(bytes.substr(0, header_crc_at))) return std::nullopt;
    const Segment written{take<std::uint32_t>(bytes, 32), take<std::uint64_t>(bytes, 16),
                          static_cast<std::int64_t>(take<std::uint64_t>(bytes, 24))};
    if (written != segment) return std::nullopt;
    return take<std::uint64_t>(bytes, 8);
}

void encode(std::string& to, const Record& record, std::uint64_t offset, std::uint32_t synced, std::uint64_t salt) {
    const bool counts = record.kind == Kind::gap;
    const std::size_t begin = to.size();
    to += record_mark;
    to.push_back(static_cast<char>(record.kind));
    to.push_back('\0');
    put(to, static_cast<std::uint32_t>(record.text.size() + (counts ? gap_count_size : 0)));
    put(to, static_cast<std::uint64_t>(record.time_ms));
    put(to, offset);
    put(to, synced);

    std::string count;
    if (counts) put(count, record.lost);
    const std::uint32_t seed = salted(salt);
    put(to, crc32c(record.text, crc32c(count, seed)));
    put(to, crc32c(std::string_view(to).substr(begin, record_crc_at), seed));
    to += count;
    to += record.text;
}

std::optional<Found> decode(std::string_view bytes, std::uint64_t salt) noexcept {
    if (bytes.size() < record_header_size || bytes.substr(0, record_mark.size()) != record_mark) return std::nullopt;
    const std::uint32_t seed = salted(salt);
    if (take<std::uint32_t>(bytes, record_crc_at) != crc32c(bytes.substr(0, record_crc_at), seed)) return std::nullopt;
    const std::size_t length = take<std::uint32_t>(bytes, 4);
    if (length > longest_payload || length > bytes.size() - record_header_size) return std::nullopt;
    const std::string_view payload = bytes.substr(record_header_size, length);
    if (take<std::uint32_t>(bytes, 28) != crc32c(payload, seed)) return std::nullopt;

    Found found;
    found.kind = static_cast<Kind>(bytes[2]);
    found.time_ms = static_cast<std::int64_t>(take<std::uint64_t>(bytes, 8));
    found.offset = take<std::uint64_t>(bytes, 16);
    found.synced = take<std::uint32_t>(bytes, 24);
    found.text = payload;
    found.size = record_header_size + length;
    if (found.kind == Kind::gap && length >= gap_count_size) {
        found.lost = take<std::uint64_t>(payload, 0);
        found.text.remove_prefix(gap_count_size);
    }
    return found;
}

std::optional<Found> Scan::next() noexcept {
    if (position_ >= bytes_.size()) return std::nullopt;
    if (const auto found = decode(bytes_.substr(position_), salt_)) {
        position_ += found->size;
        return found;
    }
    for (std::size_t at = bytes_.find(record_mark, position_ + 1); at != std::string_view::npos;
         at = bytes_.find(record_mark, at + 1)) {
        const auto found = decode(bytes_.substr(at), salt_);
        if (found && (found->synced > position_ || stored_ > position_)) {
            position_ = at + found->size;
            return found;
        }
    }
    return std::nullopt;
}

}  // namespace haas::console

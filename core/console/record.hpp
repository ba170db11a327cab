// The layout of a node's console history on disk, version 1.  Knows bytes only: no file, no clock, no thread.
//
// A history is a folder of segments.  A segment's name tells what is needed to find it without opening it: its number,
// how many console bytes of the history stand in the segments before it (the offset), and when it was made (Unix ms):
//
//     00000007-000000000012d687-0193a1b2c3d4.log        number-offset-time, hexadecimal
//
// All integers are little-endian.  A segment is a header and records:
//
//     header  0 "HAASCON" and the version, one byte 01     8 salt (8)     16 offset (8)     24 time (8)
//             32 number (4)                               36 CRC-32C of bytes 0 to 35 (4)                      40 bytes
//     record  0 C5 0B    2 kind (1)    3 zero (1)    4 length of the payload (4)    8 time, Unix ms (8)
//             16 offset: console bytes in the history before this record (8)
//             24 synced: how much of this segment was on the disk when this record was written (4)
//             28 CRC-32C of salt and payload (4)          32 CRC-32C of salt and bytes 0 to 31 (4)             36 bytes
//             payload: console bytes as they came, or a marker's sentence (behind a gap's count of lost bytes, 8)
//
// Why the salt: what a managed system prints stands in the file as it came.  It cannot know the salt, so it cannot print
// something that looks like a record where a record was torn.
// Why `synced`: behind a torn record there is nothing that anybody was told is stored, since a batch is on the disk before the
// next one is begun.  A sound record behind a broken one whose `synced` covers the broken one is the proof of the opposite:
// there the disk damaged what was stored, and only that is lost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace haas::console {

// The numbers are those on disk, and stay.
enum class Kind : std::uint8_t {
    missing = 0,       // never on disk: what a reader is told where bytes are not there any more, with their number
    data = 1,          // what the managed system printed
    connected = 2,     // the rest are markers: a sentence, which may be empty
    disconnected = 3,  // why
    unavailable = 4,   // connected, but the managed system is off or its serial port is somebody else's
    stolen = 5,        // by whom, as far as the BMC tells
    gap = 6,           // bytes that the history never got, 0 where their number is not known
    power = 7,         // a power operation: what and by whom
    typed = 8,         // who has begun to type
    sent_break = 9,    // who sent a break
    capture_on = 10,   // by whom
    capture_off = 11,
    writer = 12,  // who has the right to type from now on, and from whom; empty: nobody
};
// "data", "connected", ...; "unknown" for a number of a later version.
std::string_view name(Kind kind) noexcept;

struct Record {
    Kind kind = Kind::data;
    std::int64_t time_ms = 0;  // Unix
    std::string text;          // the console's bytes, or the sentence
    std::uint64_t lost = 0;    // of a gap

    friend bool operator==(const Record&, const Record&) = default;
};

struct Segment {
    std::uint32_t number = 0;
    std::uint64_t offset = 0;
    std::int64_t time_ms = 0;

    friend bool operator==(const Segment&, const Segment&) = default;
};

std::string file_name(const Segment& segment);
std::optional<Segment> parse_file_name(std::string_view name);

inline constexpr std::size_t segment_header_size = 40;
inline constexpr std::size_t record_header_size = 36;
inline constexpr std::size_t longest_payload = 64 * 1024;

std::string encode_header(const Segment& segment, std::uint64_t salt);
// The salt, where the first bytes are the sound header of this segment.
std::optional<std::uint64_t> decode_header(std::string_view bytes, const Segment& segment) noexcept;

// Appends the record.  Its text is at most longest_payload, 8 less for a gap.
void encode(std::string& to, const Record& record, std::uint64_t offset, std::uint32_t synced, std::uint64_t salt);

// A record where it lies.
struct Found {
    Kind kind = Kind::data;
    std::int64_t time_ms = 0;
    std::uint64_t offset = 0;
    std::uint32_t synced = 0;
    std::uint64_t lost = 0;
    std::string_view text;
    std::size_t size = 0;  // in the file

    // The offset behind it.
    std::uint64_t end() const noexcept { return offset + (kind == Kind::data ? text.size() : 0); }
};

// The sound record that begins with the first byte.
std::optional<Found> decode(std::string_view bytes, std::uint64_t salt) noexcept;

// Walks through the records of a segment.
class Scan {
public:
    // `segment` is all of it, header included, and outlives the scan.  `stored` is how much of it is known to have been on
    // the disk, whatever the records say.
    Scan(std::string_view segment, std::uint64_t salt, std::size_t stored) noexcept
        : bytes_(segment), salt_(salt), stored_(stored) {}
    void go_on_at(std::size_t position) noexcept { position_ = position; }

    // Steps over damage.
    std::optional<Found> next() noexcept;
    // Where the next record would begin, and after the last one where what is sound ends: what lies behind was cut short
    // by a crash, and nobody was told of it.
    std::size_t position() const noexcept { return position_; }

private:
    std::string_view bytes_;
    std::uint64_t salt_;
    std::size_t stored_;
    std::size_t position_ = segment_header_size;
};

}  // namespace haas::console

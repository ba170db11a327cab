// One question to a node's history: from where, and how much at most.  Answered in steps, each of which reads one segment at
// most, so that a long answer delays no other.  It knows the file layer and the layout, no thread and no loop, and never
// shows what is not on the disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/result.hpp"
#include "core/console/files.hpp"
#include "core/console/journal.hpp"
#include "core/console/record.hpp"

namespace haas::console {

// A piece of the history.
struct Entry {
    Kind kind = Kind::data;
    std::int64_t time_ms = 0;
    std::uint64_t offset = 0;  // of its first byte; of a marker, of the byte behind it
    std::string text;
    std::uint64_t lost = 0;  // of gap and missing

    friend bool operator==(const Entry&, const Entry&) = default;
};

struct FromOffset {
    std::uint64_t offset = 0;
};
// From the first record of this time or a later one on.  Where the clock was set back, from the first of several such.
struct FromTime {
    std::int64_t time_ms = 0;
};
struct LastBytes {
    std::uint64_t count = 0;
};
// As tail(1) counts: a last line without its line feed is one, too.
struct LastLines {
    std::uint64_t count = 0;
};
// Where a page ended.
struct Place {
    std::uint32_t segment = 0;
    std::uint64_t position = 0;
    std::uint64_t offset = 0;

    friend bool operator==(const Place&, const Place&) = default;
};
using From = std::variant<FromOffset, FromTime, LastBytes, LastLines, Place>;

struct Page {
    std::vector<Entry> entries;
    Place next;        // to go on from; at the end, with what will be stored from now on
    bool more = false;  // there is more already
};

class Query {
public:
    // `most` bytes of text are exceeded by one record at most.  An offset behind the end, and a page's place that is not
    // there any more, are no faults: reading goes on where there is something.
    Query(std::string folder, From from, std::size_t most, Stored stored)
        : folder_(std::move(folder)), from_(from), most_(most > 0 ? most : 1), stored_(stored) {}

    // Nothing: there is another step to do.
    Result<std::optional<Page>> step(Files& files);

private:
    // Both look for the place to begin at; false: this takes another step.
    Result<bool> locate(Files& files, const std::vector<Segment>& segments);
    Result<bool> count_lines(Files& files, const std::vector<Segment>& segments);
    void begin_at(const std::vector<Segment>& segments, std::uint64_t offset);
    void begin_at_time(const std::vector<Segment>& segments, std::int64_t time_ms);

    void read(const Segment& segment, std::string_view bytes);
    void note(const Found& found);
    void note_missing(std::uint64_t upto, std::int64_t time_ms, const char* why);
    // What a reader may be shown of it.
    std::string_view shown(const Segment& segment, std::string_view bytes) const;
    Page finish(bool at_end);

    std::string folder_;
    From from_;
    std::size_t most_;
    Stored stored_;

    std::optional<Place> place_;            // where to read next, once that is known
    bool finished_ = false;                 // its segment was read to the end
    std::uint64_t skip_to_ = 0;             // bytes before this offset are not wanted
    std::optional<std::int64_t> since_;     // neither are records before the first of this time
    std::optional<std::uint32_t> counted_;  // line feeds were counted down to this segment
    std::uint64_t lines_ = 0;               // so many
    Page page_;
    std::size_t size_ = 0;
};

}  // namespace haas::console

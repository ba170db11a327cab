// What of one node waits for the disk: put together to larger records, bounded, and held back while the disk takes nothing.
// Gives every byte its offset in the history when it comes.  It knows no file, no thread and no clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/console/record.hpp"

namespace haas::console {

class Backlog {
public:
    // What comes within this time is one record, with the time of its first byte.
    static constexpr std::int64_t together_ms = 50;
    static constexpr std::size_t longest_data = 16 * 1024;
    static constexpr std::size_t longest_sentence = 1024;

    explicit Backlog(std::size_t most_bytes) : most_bytes_(most_bytes) {}

    // The offset of the first byte in the history.  Nothing: there is no room, or the disk takes nothing now; what was lost
    // is told by a gap where there is room again.
    std::optional<std::uint64_t> add_data(std::string_view bytes, std::int64_t now_ms, bool room);
    // False: not taken, for the same reasons.
    bool add_marker(Kind kind, std::string_view sentence, std::uint64_t lost, std::int64_t now_ms, bool room);

    // Where the history ends by now.  Called once, before anything is added.
    void begin_at(std::uint64_t offset) noexcept { end_ = offset; }

    bool empty() const noexcept { return waiting_.empty(); }
    std::size_t weight() const noexcept { return weight_; }  // bytes of memory, about
    std::uint64_t lost() const noexcept { return lost_; }
    bool held() const noexcept { return held_; }
    std::uint64_t end() const noexcept { return end_; }  // the offset of the next byte

    // For the disk.  Answered by taken() or hold() before anything is taken again.
    std::vector<Record> take();
    void taken(std::int64_t now_ms);
    // The disk did not take them: they are the first of the next take(), and nothing is added until taken().
    void hold(std::vector<Record> records);

private:
    void push(Record record);
    void tell_lost(std::int64_t now_ms);
    static std::size_t weight_of(const Record& record) noexcept { return sizeof(Record) + record.text.size(); }

    std::size_t most_bytes_;
    std::vector<Record> waiting_;
    std::size_t weight_ = 0;  // of those that wait, and of those that were taken and are not answered
    std::size_t out_ = 0;     // of the latter
    std::uint64_t end_ = 0;
    std::uint64_t lost_ = 0;
    bool lost_to_disk_ = false;
    bool held_ = false;
};

}  // namespace haas::console

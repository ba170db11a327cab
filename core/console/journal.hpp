// One node's history as it is written: segments that only grow, the newest records told as stored when they are on the
// disk, the oldest segments dropped.  It knows the file layer and the layout, no thread, no loop and no clock.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/console/files.hpp"
#include "core/console/record.hpp"

namespace haas::console {

struct Limits {
    std::uint64_t most_bytes = 16 * 1024 * 1024;  // in the files of a node; the segment that is written may be above it
    std::int64_t most_age_ms = 7 * 86'400'000L;

    // A segment is closed when it is longer than this.
    std::uint64_t segment_bytes() const noexcept;
};

// The end of what is on the disk: what a reader may be shown, and no crash takes back.
struct Stored {
    std::uint32_t segment = 0;  // 0: there is none
    std::uint64_t position = 0;  // in it
    std::uint64_t offset = 0;    // console bytes before this place, ever

    friend bool operator==(const Stored&, const Stored&) = default;
};

// The segments in a folder, in order; none where there is no such folder.
Result<std::vector<Segment>> list_segments(Files& files, const std::string& folder);

// Reads one segment whole; its size is bounded by what one is allowed to grow to.
Result<std::string> read_segment(Files& files, const std::string& folder, const Segment& segment);

class Journal {
public:
    // Takes up what is there, also after a crash: reads the names and the newest segment, and cuts off a batch that was
    // not whole.  Makes nothing.  The files outlive the journal.
    static Result<Journal> open(Files& files, std::string folder, Limits limits);

    // Nothing of it is stored before sync() has succeeded.  Where either fails, stored() stays, and the same records are to be given again, first of all.
    Result<void> write(std::span<const Record> records, std::int64_t now_ms);
    Result<void> sync();

    const Stored& stored() const noexcept { return stored_; }
    // Drops what is too old.  What cannot be dropped now is tried again the next time.
    Result<void> trim(std::int64_t now_ms);

private:
    struct Kept {
        Segment segment;
        std::uint64_t size = 0;
        std::int64_t last_ms = 0;  // no record in it is younger
    };
    struct Open {
        std::unique_ptr<File> file;
        Stored end;  // when it is synced
    };

    Journal(Files& files, std::string folder, Limits limits) : files_(files), folder_(std::move(folder)), limits_(limits) {}
    Result<void> recover();
    Result<bool> recover_newest();
    Result<void> begin_segment(std::int64_t now_ms);
    Result<std::unique_ptr<File>> open_newest();
    Result<void> drop_oldest();
    bool is_long() const noexcept;
    std::string path(const Segment& segment) const { return folder_ + "/" + file_name(segment); }

    Files& files_;
    std::string folder_;
    Limits limits_;
    std::deque<Kept> segments_;
    std::uint64_t total_ = 0;         // their sizes
    std::uint32_t last_number_ = 0;  // also of one that could not be made: a rest of it must not be taken for a later one
    std::uint64_t salt_ = 0;  // of the newest
    bool closed_ = true;   // the newest takes no more records
    bool frayed_ = false;  // there may be something behind the end
    Stored stored_;
    Open open_;
};

}  // namespace haas::console

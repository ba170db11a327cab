#include "core/console/journal.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "core/console/crc32c.hpp"

namespace haas::console {
namespace {

// A segment is closed behind the batch that makes it too long; a batch is bounded too.
constexpr std::size_t longest_segment = 64 * 1024 * 1024;
constexpr std::int64_t latest_name_ms = 0xFFFF'FFFF'FFFF;

std::uint64_t random_salt() {
    std::random_device device;
    return std::uint64_t{device()} << 32 | device();
}

}  // namespace

std::uint64_t Limits::segment_bytes() const noexcept {
    return std::clamp<std::uint64_t>(most_bytes / 32, 4 * 1024, 1024 * 1024);
}

Result<std::vector<Segment>> list_segments(Files& files, const std::string& folder) {
    const auto names = files.list(folder);
    if (!names && names.error().code == Errc::not_found) return std::vector<Segment>();
    if (!names) return Failure(names.error());
    std::vector<Segment> segments;
    for (const std::string& name : *names) {
        if (const auto segment = parse_file_name(name)) segments.push_back(*segment);
    }
    std::sort(segments.begin(), segments.end(), [](const Segment& a, const Segment& b) { return a.number < b.number; });
    return segments;
}

Result<std::string> read_segment(Files& files, const std::string& folder, const Segment& segment) {
    const std::string path = folder + "/" + file_name(segment);
    const auto file = files.open(path, Files::Access::read);
    if (!file) return Failure(file.error());
    return read_all(**file, path, longest_segment);
}

Result<Journal> Journal::open(Files& files, std::string folder, Limits limits) {
    Journal journal(files, std::move(folder), limits);
    if (auto done = journal.recover(); !done) return Failure(done.error());
    return journal;
}

Result<void> Journal::recover() {
    const auto found = list_segments(files_, folder_);
    if (!found) return Failure(found.error());
    for (const Segment& segment : *found) {
        const auto file = files_.open(path(segment), Files::Access::read);
        const auto size = file ? (*file)->size() : Result<std::uint64_t>(Failure(file.error()));
        if (!size) return Failure(size.error());
        if (!segments_.empty()) segments_.back().last_ms = segment.time_ms;
        segments_.push_back({segment, *size, segment.time_ms});
        total_ += *size;
        last_number_ = segment.number;
    }
    while (!segments_.empty()) {
        const auto sound = recover_newest();
        if (!sound) return Failure(sound.error());
        if (*sound) break;
    }
    return {};
}

// False where the newest segment was no more than begun: it is gone then.
Result<bool> Journal::recover_newest() {
    const Segment newest = segments_.back().segment;
    const auto bytes = read_segment(files_, folder_, newest);
    if (!bytes) return Failure(bytes.error());
    const auto salt = decode_header(*bytes, newest);
    if (!salt && bytes->size() <= segment_header_size) {
        // No record is written before the header is on the disk.  Waited for, since its number is given anew.
        auto removed = files_.remove(path(newest));
        if (removed) removed = files_.sync_folder(folder_);
        if (!removed) return Failure(removed.error());
        total_ -= segments_.back().size;
        segments_.pop_back();
        return false;
    }
    if (!salt) {
        // Damaged by the disk.  No offset may come twice: there were less bytes in it than it is long.
        stored_ = {newest.number, bytes->size(), newest.offset + bytes->size()};
        closed_ = true;
        return true;
    }
    salt_ = *salt;
    closed_ = false;
    stored_ = {newest.number, segment_header_size, newest.offset};
    Scan scan(*bytes, salt_, 0);
    while (const auto record = scan.next()) {
        stored_.offset = record->end();
        segments_.back().last_ms = record->time_ms;
    }
    stored_.position = scan.position();
    frayed_ = stored_.position < bytes->size();
    // Now, and not with the next record: what is shown from now on must be on the disk, and the rest never be shown.
    const auto file = open_newest();
    if (!file) return Failure(file.error());
    if (auto synced = (*file)->sync(); !synced) return Failure(synced.error());
    return true;
}

// Ready for the next record: nothing stands behind the end.
Result<std::unique_ptr<File>> Journal::open_newest() {
    auto file = files_.open(path(segments_.back().segment), Files::Access::write);
    if (!file) return file;
    if (frayed_) {
        if (auto cut = (*file)->truncate(stored_.position); !cut) return Failure(cut.error());
        total_ -= segments_.back().size - stored_.position;
        segments_.back().size = stored_.position;
        frayed_ = false;
    }
    return file;
}

Result<void> Journal::begin_segment(std::int64_t now_ms) {
    if (frayed_) {
        // What is in a closed segment is stored, all of it.
        const auto file = open_newest();
        if (!file) return Failure(file.error());
        if (auto synced = (*file)->sync(); !synced) {
            frayed_ = true;
            return synced;
        }
    }
    if (segments_.empty()) {
        auto made = files_.make_folder(folder_);
        if (made) made = files_.sync_folder("");
        if (!made) return made;
    }
    const Segment segment{++last_number_, stored_.offset, std::clamp<std::int64_t>(now_ms, 0, latest_name_ms)};
    const std::uint64_t salt = random_salt();
    const auto file = files_.open(path(segment), Files::Access::make);
    if (!file) return Failure(file.error());
    auto done = write_all(**file, 0, encode_header(segment, salt));
    if (done) done = (*file)->sync();
    if (done) done = files_.sync_folder(folder_);
    if (!done) {
        (void)files_.remove(path(segment));
        return done;
    }
    segments_.push_back({segment, segment_header_size, segment.time_ms});
    total_ += segment_header_size;
    salt_ = salt;
    closed_ = false;
    frayed_ = false;
    stored_ = {segment.number, segment_header_size, segment.offset};
    return {};
}

// Not the same for all: a thousand consoles that print alike must not all begin a segment in one moment.
bool Journal::is_long() const noexcept {
    const std::uint64_t longest = limits_.segment_bytes();
    return stored_.position > longest - crc32c(folder_) % (longest / 4);
}

Result<void> Journal::write(std::span<const Record> records, std::int64_t now_ms) {
    open_.file.reset();
    if (closed_ || segments_.empty() || is_long()) {
        if (auto begun = begin_segment(now_ms); !begun) return begun;
    }
    auto file = open_newest();
    if (!file) return Failure(file.error());

    Stored end = stored_;
    std::string bytes;
    for (const Record& record : records) {
        encode(bytes, record, end.offset, static_cast<std::uint32_t>(stored_.position), salt_);
        if (record.kind == Kind::data) end.offset += record.text.size();
        segments_.back().last_ms = record.time_ms;
    }
    end.position += bytes.size();
    frayed_ = true;
    segments_.back().size = end.position;
    total_ += bytes.size();
    if (auto written = write_all(**file, stored_.position, bytes); !written) {
        // A full disk is full for others as well: give back what is of no use.  If this fails, the next write does it.
        (void)open_newest();
        return written;
    }
    open_ = {std::move(*file), end};
    return {};
}

Result<void> Journal::sync() {
    if (!open_.file) return {};
    const auto file = std::exchange(open_.file, nullptr);
    if (auto synced = file->sync(); !synced) return synced;
    stored_ = open_.end;
    frayed_ = false;
    while (total_ > limits_.most_bytes && segments_.size() > 1) {
        if (auto dropped = drop_oldest(); !dropped) break;
    }
    return {};
}

Result<void> Journal::trim(std::int64_t now_ms) {
    const std::int64_t oldest = now_ms - limits_.most_age_ms;
    // Even the last record is too old.  An empty segment takes over: the offset goes on.
    if (!segments_.empty() && segments_.back().last_ms < oldest && stored_.position > segment_header_size) {
        if (auto begun = begin_segment(now_ms); !begun) return begun;
    }
    while (segments_.size() > 1 && segments_.front().last_ms < oldest) {
        if (auto dropped = drop_oldest(); !dropped) return dropped;
    }
    return {};
}

Result<void> Journal::drop_oldest() {
    auto removed = files_.remove(path(segments_.front().segment));
    if (!removed && removed.error().code != Errc::not_found) return removed;
    total_ -= segments_.front().size;
    segments_.pop_front();
    return {};
}

}  // namespace haas::console

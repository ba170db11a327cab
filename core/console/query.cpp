#include "core/console/query.hpp"

#include <algorithm>
#include <utility>

namespace haas::console {
namespace {

const Segment* at_or_behind(const std::vector<Segment>& segments, std::uint32_t number) {
    const auto found = std::find_if(segments.begin(), segments.end(), [&](const Segment& one) { return one.number >= number; });
    return found == segments.end() ? nullptr : &*found;
}

// Dropped since it was listed: the next step sees what is there then.
bool is_gone(const Result<std::string>& bytes) {
    return !bytes && bytes.error().code == Errc::not_found;
}

}  // namespace

Result<std::optional<Page>> Query::step(Files& files) {
    auto listed = list_segments(files, folder_);
    if (!listed) return Failure(listed.error());
    std::erase_if(*listed, [&](const Segment& one) { return one.number > stored_.segment; });
    const std::vector<Segment>& segments = *listed;
    if (segments.empty()) return finish(true);

    if (!place_) {
        const auto located = locate(files, segments);
        if (!located) return Failure(located.error());
        if (!*located) return std::nullopt;
    }
    const Segment* segment = at_or_behind(segments, place_->segment + (finished_ ? 1 : 0));
    if (segment == nullptr) return finish(true);
    const auto bytes = read_segment(files, folder_, *segment);
    if (is_gone(bytes)) return std::nullopt;
    if (!bytes) return Failure(bytes.error());
    read(*segment, *bytes);
    if (size_ >= most_) return finish(false);
    return finished_ && segment->number == stored_.segment ? std::optional(finish(true)) : std::nullopt;
}

Result<bool> Query::locate(Files& files, const std::vector<Segment>& segments) {
    const std::uint64_t first = std::min(segments.front().offset, stored_.offset);
    if (const auto* offset = std::get_if<FromOffset>(&from_)) {
        begin_at(segments, std::min(offset->offset, stored_.offset));
    } else if (const auto* time = std::get_if<FromTime>(&from_)) {
        begin_at_time(segments, time->time_ms);
    } else if (const auto* bytes = std::get_if<LastBytes>(&from_)) {
        begin_at(segments, std::max(first, stored_.offset - std::min(bytes->count, stored_.offset)));
    } else if (const auto* place = std::get_if<Place>(&from_)) {
        place_ = *place;
    } else {
        return count_lines(files, segments);
    }
    return true;
}

void Query::begin_at(const std::vector<Segment>& segments, std::uint64_t offset) {
    // Markers at this very offset may stand at the end of the segment before the one that begins with it.
    const auto behind = std::find_if(segments.begin(), segments.end(), [&](const Segment& one) { return one.offset >= offset; });
    const Segment& first = behind == segments.begin() ? *behind : *std::prev(behind);
    place_ = {first.number, segment_header_size, std::min(first.offset, offset)};
    skip_to_ = offset;
}

void Query::begin_at_time(const std::vector<Segment>& segments, std::int64_t time_ms) {
    auto first = segments.begin();
    while (std::next(first) != segments.end() && std::next(first)->time_ms < time_ms) ++first;
    place_ = {first->number, segment_header_size, first->offset};
    since_ = time_ms;
}

Result<bool> Query::count_lines(Files& files, const std::vector<Segment>& segments) {
    const std::uint64_t wanted = std::get<LastLines>(from_).count;
    const Segment* segment = nullptr;
    for (const Segment& one : segments) {
        if (!counted_ || one.number < *counted_) segment = &one;
    }
    if (wanted == 0 || segment == nullptr) {
        begin_at(segments, wanted == 0 ? stored_.offset : std::min(segments.front().offset, stored_.offset));
        return true;
    }
    const auto bytes = read_segment(files, folder_, *segment);
    if (is_gone(bytes)) return false;
    if (!bytes) return Failure(bytes.error());
    counted_ = segment->number;

    const std::string_view visible = shown(*segment, *bytes);
    const auto salt = decode_header(visible, *segment);
    if (!salt) return false;
    std::vector<std::uint64_t> begins;  // of lines; behind the very last line feed none begins
    Scan scan(visible, *salt, visible.size());
    while (const auto found = scan.next()) {
        if (found->kind != Kind::data) continue;
        for (std::size_t at = found->text.find('\n'); at != std::string_view::npos; at = found->text.find('\n', at + 1)) {
            if (found->offset + at + 1 < stored_.offset) begins.push_back(found->offset + at + 1);
        }
    }
    if (lines_ + begins.size() >= wanted) {
        begin_at(segments, begins[begins.size() - static_cast<std::size_t>(wanted - lines_)]);
        return true;
    }
    lines_ += begins.size();
    return false;
}

std::string_view Query::shown(const Segment& segment, std::string_view bytes) const {
    return segment.number == stored_.segment ? bytes.substr(0, static_cast<std::size_t>(stored_.position)) : bytes;
}

void Query::read(const Segment& segment, std::string_view bytes) {
    if (segment.offset > place_->offset) {
        const bool follows = finished_ && segment.number == place_->segment + 1;
        note_missing(segment.offset, segment.time_ms, follows ? "damaged on the disk" : "not kept any more");
    }
    if (place_->segment != segment.number) place_ = {segment.number, segment_header_size, place_->offset};
    finished_ = true;
    const std::string_view visible = shown(segment, bytes);
    const auto salt = decode_header(visible, segment);
    if (!salt) return;  // what is missing is told where the next segment begins
    Scan scan(visible, *salt, visible.size());
    scan.go_on_at(std::max<std::size_t>(static_cast<std::size_t>(place_->position), segment_header_size));
    while (const auto found = scan.next()) {
        if (found->offset > place_->offset) note_missing(found->offset, found->time_ms, "damaged on the disk");
        note(*found);
        place_->offset = std::max(place_->offset, found->end());
        place_->position = scan.position();
        if (size_ >= most_) {
            finished_ = false;
            return;
        }
    }
}

void Query::note(const Found& found) {
    if (since_ && found.time_ms < *since_) return;
    since_.reset();
    const bool is_data = found.kind == Kind::data;
    if (found.end() < skip_to_ || (is_data && found.end() == skip_to_)) return;
    Entry entry{found.kind, found.time_ms, found.offset, std::string(found.text), found.lost};
    if (is_data && found.offset < skip_to_) {
        entry.text.erase(0, static_cast<std::size_t>(skip_to_ - found.offset));
        entry.offset = skip_to_;
    }
    // A page of nothing but markers is bounded as well.
    size_ += entry.text.size() + (is_data ? 0 : record_header_size);
    page_.entries.push_back(std::move(entry));
}

void Query::note_missing(std::uint64_t upto, std::int64_t time_ms, const char* why) {
    const std::uint64_t from = std::max(place_->offset, skip_to_);
    place_->offset = upto;
    if (since_ || upto <= from) return;
    page_.entries.push_back({Kind::missing, time_ms, from, why, upto - from});
}

Page Query::finish(bool at_end) {
    const Place end{stored_.segment, stored_.position, stored_.offset};
    page_.next = at_end ? end : *place_;
    page_.more = page_.next != end;
    return std::move(page_);
}

}  // namespace haas::console

#include "core/console/ring.hpp"

#include <algorithm>
#include <utility>

namespace haas::console {

bool Ring::joins(const Piece& piece) const noexcept {
    if (pieces_.empty() || piece.kind != Kind::data) return false;
    const Piece& last = pieces_.back().piece;
    if (last.kind != Kind::data || last.text.size() + piece.text.size() > longest_data) return false;
    if (piece.time_ms < last.time_ms || piece.time_ms - last.time_ms >= together_ms) return false;
    return last.offset ? piece.offset == *last.offset + last.text.size() : !piece.offset;
}

void Ring::push(Piece piece) {
    if (piece.kind == Kind::data && piece.text.empty()) return;
    const std::uint64_t at = bytes_;
    if (piece.kind == Kind::data) bytes_ += piece.text.size();
    if (joins(piece)) {
        pieces_.back().piece.text += piece.text;
    } else {
        pieces_.push_back({std::move(piece), at});
    }
    drop_old();
}

void Ring::keep(std::size_t most_bytes) {
    most_bytes_ = most_bytes;
    drop_old();
}

void Ring::drop_old() {
    while (pieces_.size() > 1 && (pieces_.size() > most_pieces || bytes_ - pieces_.front().at > most_bytes_)) {
        pieces_.pop_front();
        ++first_;
    }
}

Ring::Place Ring::last_bytes(std::uint64_t count) const noexcept {
    if (pieces_.empty() || count == 0) return end();
    const std::uint64_t byte = std::max(pieces_.front().at, bytes_ - std::min(bytes_, count));
    std::uint64_t number = first_;
    for (const Kept& kept : pieces_) {
        if (kept.at + kept.size() > byte || (kept.size() == 0 && kept.at >= byte)) break;
        ++number;
    }
    return {number, byte};
}

Result<Ring::Place> Ring::behind(std::uint64_t offset) const {
    // What came before it was recorded, or while it was not, is no part of the history.
    const auto recorded = std::find_if(pieces_.begin(), pieces_.end(), [](const Kept& one) { return one.piece.offset.has_value(); });
    std::size_t i = recorded == pieces_.end() ? 0 : static_cast<std::size_t>(recorded - pieces_.begin());
    Place place{first_ + i, pieces_.empty() ? bytes_ : pieces_[i].at};
    bool earlier = false;  // the ring reaches back to bytes that the reader has seen
    for (; i < pieces_.size(); ++i) {
        const Kept& kept = pieces_[i];
        if (kept.piece.kind != Kind::data || !kept.piece.offset) continue;
        // He may not have seen the markers right before it.
        if (*kept.piece.offset == offset) return place;
        if (*kept.piece.offset > offset) {
            if (!earlier) return fail(Errc::not_found, "what follows is not kept in memory any more");
            break;
        }
        earlier = true;
        const std::uint64_t seen = std::min<std::uint64_t>(offset - *kept.piece.offset, kept.size());
        place = {first_ + i + (seen == kept.size() ? 1 : 0), kept.at + seen};
    }
    return place;
}

bool Ring::has_news(const Place& place) const noexcept {
    return place.byte < bytes_ || place.piece < first_ + pieces_.size();
}

std::vector<Piece> Ring::take(Place& place, std::size_t most) const {
    std::vector<Piece> taken;
    if (is_lost(place)) {
        const Kept& front = pieces_.front();
        const std::uint64_t lost = front.at > place.byte ? front.at - place.byte : 0;
        taken.push_back({Kind::missing, front.piece.time_ms, "the reader was too slow", lost});
        place = {first_, std::max(front.at, place.byte)};
    }
    // The last piece may have grown since the reader stood behind it.
    if (place.piece > first_ && place.byte < bytes_) {
        const Kept& before = pieces_[static_cast<std::size_t>(place.piece - first_) - 1];
        if (before.at + before.size() > place.byte) --place.piece;
    }
    std::size_t size = 0;
    while (place.piece < first_ + pieces_.size() && (size < most || taken.empty())) {
        const Kept& kept = pieces_[static_cast<std::size_t>(place.piece - first_)];
        Piece piece = kept.piece;
        if (kept.size() > 0) {
            const auto skipped = static_cast<std::size_t>(place.byte - kept.at);
            piece.text = kept.piece.text.substr(skipped, std::max<std::size_t>(most - std::min(most, size), 1));
            if (piece.offset) *piece.offset += skipped;
            size += piece.text.size();
            place.byte += piece.text.size();
            if (place.byte < kept.at + kept.size()) {
                taken.push_back(std::move(piece));
                return taken;
            }
        }
        ++place.piece;
        taken.push_back(std::move(piece));
    }
    return taken;
}

}  // namespace haas::console

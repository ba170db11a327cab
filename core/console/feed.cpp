#include "core/console/feed.hpp"

#include <algorithm>
#include <utility>

namespace haas::console {
namespace {

std::int64_t now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

Result<std::unique_ptr<Feed>> Feed::open(Consoles& consoles, std::string label, std::string who, From from, Hub::Slow slow,
                                         std::function<void()> ready) {
    auto feed = std::unique_ptr<Feed>(new Feed(consoles, label, slow, ready));
    // What is not recorded is only in memory; and who wants nothing of before needs no history.
    const auto* last = std::get_if<LastBytes>(&from);
    const bool memory_only = last != nullptr && (last->count == 0 || !consoles.state(label).recorded);
    const auto tell = [alive = std::weak_ptr<bool>(feed->alive_), self = feed.get()] {
        if (!alive.expired() && (self->live_ || self->gone())) self->ready_();
    };
    auto viewer = consoles.view(label, std::move(who), {.bytes = memory_only ? last->count : 0},
                                memory_only ? slow : Hub::Slow::skips, tell);
    if (!viewer) return tl::unexpected(viewer.error());
    feed->viewer_ = std::move(*viewer);
    feed->live_ = memory_only;
    if (!memory_only) feed->read(from);
    return feed;
}

Feed::~Feed() = default;

std::vector<Piece> Feed::take() {
    if (live_) {
        std::vector<Piece> pieces = viewer_->take(page_bytes);
        if (pieces.empty() || seen_.empty()) return pieces;
        drop_seen(pieces);
        return pieces.empty() ? viewer_->take(page_bytes) : pieces;
    }
    std::vector<Piece> taken = std::exchange(waiting_, {});
    if (!taken.empty() && !reading_) more_ ? read(next_) : go_live();
    return taken;
}

void Feed::read(From from) {
    reading_ = true;
    consoles_.history().read(label_, from, page_bytes, [this, alive = std::weak_ptr<bool>(alive_)](Result<Page> page) {
        if (!alive.expired()) came(std::move(page));
    });
}

void Feed::came(Result<Page> page) {
    reading_ = false;
    if (page) {
        for (Entry& entry : page->entries) {
            waiting_.push_back({entry.kind, entry.time_ms, std::move(entry.text), entry.lost, entry.offset});
            entry.kind == Kind::data ? seen_.clear() : seen_.push_back(waiting_.back());
        }
        next_ = page->next;
        more_ = page->more;
    } else {
        waiting_.push_back({Kind::missing, now_ms(), page.error().message, 0, std::nullopt});
        more_ = false;
        broken_ = true;
    }
    if (!waiting_.empty()) {
        flushed_ = false;
        return ready_();
    }
    more_ ? read(next_) : go_live();
    if (gone()) ready_();
}

// What was recorded last and what is in memory overlap in markers, which have no length: the begin of the one is the end
// of the other.
void Feed::drop_seen(std::vector<Piece>& pieces) {
    const auto same = [](const Piece& a, const Piece& b) { return a.kind == b.kind && a.text == b.text && a.offset == b.offset; };
    std::size_t overlap = std::min(seen_.size(), pieces.size());
    while (overlap > 0 && !std::equal(seen_.end() - static_cast<std::ptrdiff_t>(overlap), seen_.end(), pieces.begin(), same)) --overlap;
    pieces.erase(pieces.begin(), pieces.begin() + static_cast<std::ptrdiff_t>(overlap));
    seen_.clear();
}

void Feed::go_live() {
    const Hub::Replay all{.bytes = UINT64_MAX};
    const Result<void> moved = viewer_->move(broken_ ? all : Hub::Replay{.behind = next_.offset}, slow_);
    if (!moved && moved.error().code == Errc::not_found) {
        // The ring does not reach back so far: it is on the disk by now, or soon, or the disk takes nothing.
        if (flushed_) {
            waiting_.push_back({Kind::missing, now_ms(), "what follows could not be stored, and is not in memory any more", 0, std::nullopt});
            broken_ = true;
            return ready_();
        }
        reading_ = true;
        return consoles_.history().flush([this, alive = std::weak_ptr<bool>(alive_)] {
            if (alive.expired()) return;
            flushed_ = true;
            read(next_);
        });
    }
    live_ = true;
}

}  // namespace haas::console

#include "core/node/events.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "core/node/packed.hpp"

namespace haas::node {

// Shared with the subscriptions, which may outlive the Events.
struct Events::Listeners {
    std::map<std::uint64_t, std::shared_ptr<const Callback>> callbacks;  // told in the order in which they came
    std::uint64_t last_key = 0;
    std::deque<std::shared_ptr<const Event>> untold;
    bool telling = false;

    void tell() {
        if (telling) return;
        telling = true;
        while (!untold.empty()) {
            const std::shared_ptr<const Event> event = std::move(untold.front());
            untold.pop_front();
            // Whoever comes or goes meanwhile does not disturb the walk: keys only grow.
            for (auto at = callbacks.begin(); at != callbacks.end();) {
                const std::uint64_t key = at->first;
                const std::shared_ptr<const Callback> callback = at->second;  // it may end its own subscription
                (*callback)(event);
                at = callbacks.upper_bound(key);
            }
        }
        telling = false;
    }
};

// ---- Subscription ---------------------------------------------------------------------------------------------------

Events::Subscription::Subscription(Subscription&& other) noexcept
    : listeners_(std::move(other.listeners_)), key_(std::exchange(other.key_, 0)) {}

Events::Subscription& Events::Subscription::operator=(Subscription&& other) noexcept {
    std::swap(listeners_, other.listeners_);
    std::swap(key_, other.key_);
    return *this;
}

Events::Subscription::~Subscription() {
    if (const auto listeners = listeners_.lock()) listeners->callbacks.erase(key_);
}

// ---- Events ---------------------------------------------------------------------------------------------------------

namespace {

std::uint64_t microseconds(std::chrono::system_clock::time_point time) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count());
}

// One piece of memory for an event: what it is about, as two more fields in front of its data.
constexpr std::size_t own_fields = 2;

Fields flat(const Event& event) {
    Fields all{{"kind", event.kind}, {"node", event.node}};
    all.insert(all.end(), event.data.begin(), event.data.end());
    return all;
}

}  // namespace

// A daemon publishes far less than one event in a microsecond: so the next start begins above what this one gave.
Events::Events(std::size_t most_bytes, Clock clock)
    : most_bytes_(most_bytes),
      clock_(std::move(clock)),
      first_(microseconds(clock_())),
      listeners_(std::make_shared<Listeners>()) {}

Events::~Events() = default;

void Events::publish(std::string_view kind, std::string_view node, Fields data) {
    auto event = std::make_shared<Event>(Event{last() + 1, clock_(), std::string(kind), std::string(node), std::move(data)});
    keep(*event);
    const std::shared_ptr<Listeners> listeners = listeners_;
    if (listeners->callbacks.empty()) return;
    listeners->untold.push_back(std::move(event));
    listeners->tell();
}

Events::Subscription Events::subscribe(Callback callback) {
    const std::uint64_t key = ++listeners_->last_key;
    listeners_->callbacks.emplace(key, std::make_shared<const Callback>(std::move(callback)));
    return {listeners_, key};
}

std::size_t Events::weight(const Kept& one) noexcept { return sizeof(Kept) + one.fields.bytes(); }

void Events::keep(const Event& event) {
    kept_.push_back({event.time, PackedFields(flat(event))});
    bytes_ += weight(kept_.back());
    while (bytes_ > most_bytes_ && !kept_.empty()) {
        bytes_ -= weight(kept_.front());
        kept_.pop_front();
        ++first_;
    }
}

Events::Backlog Events::since(std::uint64_t id) const {
    Backlog backlog;
    // What comes after is never before the first: an id from further back, or from no event of this daemon, is a gap.
    backlog.gap = id + 1 < first_ || id > last();
    const std::uint64_t from = backlog.gap ? first_ : id + 1;
    for (std::uint64_t at = from; at <= last(); ++at) {
        const Kept& one = kept_[static_cast<std::size_t>(at - first_)];
        Fields all = one.fields.unpack();
        Event event{at, one.time, std::get<std::string>(all[0].value), std::get<std::string>(all[1].value), {}};
        event.data.assign(std::make_move_iterator(all.begin() + own_fields), std::make_move_iterator(all.end()));
        backlog.events.push_back(std::move(event));
    }
    return backlog;
}

}  // namespace haas::node

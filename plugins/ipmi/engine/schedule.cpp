#include "plugins/ipmi/engine/schedule.hpp"

namespace haas::ipmi {

void Schedule::set(Alarm& alarm, std::optional<Time> when) {
    if (!when) {
        remove(alarm);
        return;
    }
    if (alarm.position_ == Alarm::unset) {
        heap_.push_back(&alarm);
        alarm.position_ = heap_.size() - 1;
    } else if (alarm.when_ == *when) {
        return;
    }
    alarm.when_ = *when;
    rise(alarm.position_);
    sink(alarm.position_);
}

std::optional<Time> Schedule::next() const {
    return heap_.empty() ? std::nullopt : std::optional(heap_.front()->when_);
}

Alarm* Schedule::pop_due(Time now) {
    if (heap_.empty() || heap_.front()->when_ > now) return nullptr;
    Alarm* const due = heap_.front();
    remove(*due);
    return due;
}

void Schedule::place(std::size_t position, Alarm* alarm) noexcept {
    heap_[position] = alarm;
    alarm->position_ = position;
}

void Schedule::rise(std::size_t position) noexcept {
    Alarm* const alarm = heap_[position];
    while (position > 0) {
        const std::size_t parent = (position - 1) / 2;
        if (heap_[parent]->when_ <= alarm->when_) break;
        place(position, heap_[parent]);
        position = parent;
    }
    place(position, alarm);
}

void Schedule::sink(std::size_t position) noexcept {
    Alarm* const alarm = heap_[position];
    for (;;) {
        std::size_t child = 2 * position + 1;
        if (child >= heap_.size()) break;
        if (child + 1 < heap_.size() && heap_[child + 1]->when_ < heap_[child]->when_) ++child;
        if (alarm->when_ <= heap_[child]->when_) break;
        place(position, heap_[child]);
        position = child;
    }
    place(position, alarm);
}

void Schedule::remove(Alarm& alarm) noexcept {
    const std::size_t position = alarm.position_;
    if (position == Alarm::unset) return;
    Alarm* const last = heap_.back();
    heap_.pop_back();
    alarm.position_ = Alarm::unset;
    if (last == &alarm) return;
    place(position, last);
    rise(position);
    sink(last->position_);
}

}  // namespace haas::ipmi

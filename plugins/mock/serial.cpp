#include "plugins/mock/serial.hpp"

#include <algorithm>
#include <utility>

namespace haas::mock {
namespace {

constexpr std::int64_t second = 1'000'000'000;
// What a rate lets through is told in portions: a viewer at 115,200 baud is not woken for every byte.
constexpr Time portion = std::chrono::milliseconds(10);

Time time_of_byte(std::int64_t rate) { return Time(second / rate); }

}  // namespace

void Serial::boot(Time at) {
    run(at);
    on_ = true;
    queue_.clear();
    print(settings_.text, at);
}

void Serial::off(Time at) {
    run(at);
    on_ = false;
    queue_.clear();
}

std::string Serial::open(bool steal, Time now) {
    run(now);
    if (steal) owner_.clear();
    if (!owner_.empty()) return owner_;
    link_ = Link::up;
    if (settings_.drop > Time(0)) flips_ = now + settings_.drop;
    return {};
}

void Serial::close(Time now) {
    run(now);
    link_.reset();
    flips_.reset();
    lost_ = 0;
    noticed_.clear();
}

bool Serial::type(std::string_view bytes, Time now) {
    run(now);
    if (!connected()) return false;
    if (settings_.echo) print(bytes, now);
    return true;
}

bool Serial::send_break(Time now) {
    run(now);
    if (!connected()) return false;
    print("\r\n[break]\r\n", now);
    return true;
}

void Serial::print(std::string_view bytes, Time now) {
    if (!on_) return;
    if (queue_.empty()) from_ = now;
    queue_ += bytes;
    release(now);
}

// The connection comes and goes while the machine prints: each stretch counts for itself.
void Serial::run(Time until) {
    while (flips_ && *flips_ <= until) {
        const Time at = *flips_;
        release(at);
        flip(at);
    }
    release(until);
}

void Serial::flip(Time at) {
    const bool goes = connected();
    link_ = goes ? Link::down : Link::up;
    flips_ = at + std::max(goes ? settings_.down : settings_.drop, Time(1));
    noticed_.emplace_back(*link_);
    if (!goes && lost_ > 0) noticed_.emplace_back(Lost{std::exchange(lost_, 0)});
}

void Serial::release(Time until) {
    std::size_t count = queue_.size();
    if (settings_.rate > 0) {
        const std::int64_t due = std::max(until - from_, Time(0)) / time_of_byte(settings_.rate);
        count = std::min(count, static_cast<std::size_t>(due));
        from_ += static_cast<std::int64_t>(count) * time_of_byte(settings_.rate);
    }
    if (count == 0) return;
    if (link_ == Link::down) {
        lost_ += count;
    } else if (connected()) {
        auto* const before = noticed_.empty() ? nullptr : std::get_if<std::string>(&noticed_.back());
        std::string& into = before != nullptr ? *before : std::get<std::string>(noticed_.emplace_back(std::string()));
        into.append(queue_, 0, count);
    }
    queue_.erase(0, count);
}

std::vector<Serial::Noticed> Serial::take(Time now) {
    run(now);
    return std::exchange(noticed_, {});
}

std::optional<Time> Serial::next() const {
    std::optional<Time> next = flips_;
    if (link_ && !queue_.empty()) {
        const Time byte = time_of_byte(settings_.rate);
        const Time due = from_ + std::min(static_cast<std::int64_t>(queue_.size()) * byte, std::max(portion, byte));
        next = next ? std::min(*next, due) : due;
    }
    return next;
}

}  // namespace haas::mock

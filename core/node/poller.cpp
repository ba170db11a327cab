#include "core/node/poller.hpp"

#include <algorithm>
#include <utility>

namespace haas::node {

Poller::Poller(Loop& loop, Loop::Duration interval, Access access, std::minstd_rand::result_type seed)
    : loop_(loop), interval_(interval), access_(std::move(access)), random_(seed) {}

Poller::~Poller() { stop(); }

void Poller::start() {
    stopped_ = false;
    rest();
}

void Poller::stop() {
    stopped_ = true;
    loop_.cancel(std::exchange(timer_, Loop::Timer::none));
}

void Poller::rest() {
    if (stopped_) return;
    loop_.cancel(timer_);
    using Seconds = std::chrono::duration<double>;
    const auto count = static_cast<double>(std::max<std::size_t>(access_.count(), 1));
    // The pace is exact in the mean, and no two daemons, and no two rounds, keep step with each other.
    std::uniform_real_distribution<double> around(0.8, 1.2);
    const double at_once = std::max(1.0, count * Seconds(shortest_pause) / Seconds(interval_));
    owed_ = static_cast<std::size_t>(at_once);
    const Seconds pause = Seconds(interval_) * (static_cast<double>(owed_) / count) * around(random_);
    timer_ = loop_.at(loop_.now() + std::chrono::duration_cast<Loop::Duration>(pause), [this] { wake(); });
}

void Poller::wake() {
    timer_ = Loop::Timer::none;
    const auto answered = [this, alive = std::weak_ptr(alive_)] {
        if (alive.expired()) return;
        const bool was_full = under_way_-- == most_under_way;
        if (was_full && timer_ == Loop::Timer::none && !stopped_) wake();
    };
    while (owed_ > 0 && under_way_ < most_under_way) {
        --owed_;
        // Counted before, because nothing forbids an answer from inside.
        ++under_way_;
        if (!access_.poll_next(answered)) --under_way_;
    }
    if (owed_ == 0) rest();
}

}  // namespace haas::node

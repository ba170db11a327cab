// A loop for what both hashes on other threads and waits for its time: what they post runs where a test waits for it,
// and time is a variable.
#pragma once

#include <map>
#include <utility>

#include "tests/core/store/queue_loop.hpp"

namespace haas::test {

class TestLoop final : public QueueLoop {
public:
    Time now() const override { return now_; }
    Timer at(Time when, Task task) override {
        const std::uint64_t id = ++last_;
        timers_.emplace(std::pair(when, id), std::move(task));
        return static_cast<Timer>(id);
    }
    void cancel(Timer timer) override {
        std::erase_if(timers_, [&](const auto& one) { return one.first.second == static_cast<std::uint64_t>(timer); });
    }

    // Lets time pass; what becomes due runs at its own moment.
    void advance(Duration duration) {
        const Time end = now_ + duration;
        while (!timers_.empty() && timers_.begin()->first.first <= end) {
            auto first = timers_.extract(timers_.begin());
            now_ = std::max(now_, first.key().first);
            first.mapped()();
        }
        now_ = end;
    }
    std::size_t timers() const { return timers_.size(); }

private:
    std::map<std::pair<Time, std::uint64_t>, Task> timers_;
    Time now_{std::chrono::hours(1)};
    std::uint64_t last_ = 0;
};

}  // namespace haas::test

// A loop whose time is a variable: nothing runs until the test says so, and a minute passes in no time.  What other threads
// post is waited for only by run_until().
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

#include "core/base/loop.hpp"

namespace haas::node {

class FakeLoop final : public Loop {
public:
    void post(Task task) override {
        {
            const std::lock_guard lock(mutex_);
            posted_.push_back(std::move(task));
        }
        came_.notify_one();
    }
    Time now() const override { return now_; }
    Timer at(Time when, Task task) override {
        const std::uint64_t id = ++last_;
        timers_.emplace(std::pair(when, id), std::move(task));
        return static_cast<Timer>(id);
    }
    void cancel(Timer timer) override {
        std::erase_if(timers_, [&](const auto& one) { return one.first.second == static_cast<std::uint64_t>(timer); });
    }

    // Runs what is posted, and what that posts, until nothing is left.
    void run() {
        for (Task task = next(); task; task = next()) task();
    }
    // Runs what comes until `done` is true; false when that takes half a minute of real time.
    template <class Predicate>
    bool run_until(Predicate done) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (!done()) {
            {
                std::unique_lock lock(mutex_);
                if (!came_.wait_until(lock, deadline, [this] { return !posted_.empty(); })) return false;
            }
            next()();
        }
        return true;
    }
    // Lets time pass; what becomes due runs at its own moment.
    void advance(Duration duration) {
        const Time end = now_ + duration;
        run();
        while (!timers_.empty() && timers_.begin()->first.first <= end) {
            auto first = timers_.extract(timers_.begin());
            now_ = std::max(now_, first.key().first);
            first.mapped()();
            run();
        }
        now_ = end;
    }
    std::size_t timers() const { return timers_.size(); }

private:
    Task next() {
        const std::lock_guard lock(mutex_);
        if (posted_.empty()) return nullptr;
        Task task = std::move(posted_.front());
        posted_.pop_front();
        return task;
    }

    std::mutex mutex_;
    std::condition_variable came_;
    std::deque<Task> posted_;
    std::map<std::pair<Time, std::uint64_t>, Task> timers_;
    Time now_{std::chrono::hours(1)};
    std::uint64_t last_ = 0;
};

}  // namespace haas::node

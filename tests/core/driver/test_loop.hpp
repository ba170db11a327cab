// A loop for tests with real threads beside it: time is a variable, and what other threads post is waited for.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

#include "core/base/loop.hpp"

namespace haas::driver {

class TestLoop final : public Loop {
public:
    void post(Task task) override {
        const std::lock_guard lock(mutex_);
        posted_.push_back(std::move(task));
        arrived_.notify_all();
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

    // Runs what is posted, and what that posts.
    void run() {
        while (run_one(std::chrono::seconds(0))) {
        }
    }
    // Runs what is posted by whomever until the condition holds; false if it does not within ten seconds.
    template <class Condition>
    bool run_until(Condition condition) {
        while (!condition()) {
            if (!run_one(std::chrono::seconds(10))) return false;
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
    bool run_one(std::chrono::seconds patience) {
        Task task;
        {
            std::unique_lock lock(mutex_);
            if (!arrived_.wait_for(lock, patience, [&] { return !posted_.empty(); })) return false;
            task = std::move(posted_.front());
            posted_.pop_front();
        }
        task();
        return true;
    }

    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<Task> posted_;
    std::map<std::pair<Time, std::uint64_t>, Task> timers_;
    // Drivers are told deadlines on the steady clock: this one starts there, and is then moved by hand.
    Time now_ = std::chrono::steady_clock::now();
    std::uint64_t last_ = 0;
};

}  // namespace haas::driver

// A loop without sockets and timers: what other threads post runs where a test waits for it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>

#include "core/base/loop.hpp"

namespace haas::test {

class QueueLoop : public Loop {
public:
    void post(Task task) override {
        {
            const std::lock_guard lock(mutex_);
            tasks_.push_back(std::move(task));
        }
        posted_.notify_one();
    }

    // Runs tasks until `done` is true; false when that does not come within half a minute.
    template <class Predicate>
    bool run_until(Predicate done) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (!done()) {
            Task task;
            {
                std::unique_lock lock(mutex_);
                if (!posted_.wait_until(lock, deadline, [this] { return !tasks_.empty(); })) return false;
                task = std::move(tasks_.front());
                tasks_.pop_front();
            }
            task();
        }
        return true;
    }

    // The store needs no time.
    Time now() const override { std::abort(); }
    Timer at(Time, Task) override { std::abort(); }
    void cancel(Timer) override { std::abort(); }

private:
    std::mutex mutex_;
    std::condition_variable posted_;
    std::deque<Task> tasks_;
};

}  // namespace haas::test

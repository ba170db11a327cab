// The way from a driver's threads back to the core's one: a door to Loop::post that can be shut for good.
#pragma once

#include <mutex>
#include <utility>

#include "core/base/loop.hpp"

namespace haas::driver {

// A thread that was left behind at shutdown may call the host at any later moment, when the loop is long gone.  So the
// loop's address is only used under a mutex, under which nothing but the loop's own is ever locked.
class Crossing {
public:
    explicit Crossing(Loop& loop) : loop_(&loop) {}

    // From any thread.  Once shut, tasks are dropped.
    void post(Loop::Task task) {
        const std::lock_guard lock(mutex_);
        if (loop_ != nullptr) loop_->post(std::move(task));
    }

    void shut() {
        const std::lock_guard lock(mutex_);
        loop_ = nullptr;
    }

private:
    std::mutex mutex_;
    Loop* loop_;
};

}  // namespace haas::driver

#include "core/console/disk_thread.hpp"

#include <sys/resource.h>

#include <utility>

namespace haas::console {
namespace {

// The loop and the drivers go first where there are too few processors: somebody waits for a keystroke, nobody for the disk.
constexpr int gentler = 10;

}  // namespace

DiskThread::~DiskThread() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void DiskThread::submit(Job job) {
    {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(job));
    }
    changed_.notify_one();
}

void DiskThread::run() {
    // Linux: of this thread, and of those that it starts.  Where it is not allowed, all are equal.
    ::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + gentler);
    while (true) {
        Job job;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
            if (waiting_.empty()) return;
            job = std::move(waiting_.front());
            waiting_.pop_front();
        }
        job();
    }
}

}  // namespace haas::console

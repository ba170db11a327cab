// A thread for what waits for the disk: does one job after the other, in the order in which they were given.  It gives
// way to other threads.  It knows no loop and no file.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace haas::console {

class DiskThread {
public:
    using Job = std::function<void()>;

    DiskThread() : thread_([this] { run(); }) {}
    // Does what was submitted, also from inside jobs.
    ~DiskThread();
    DiskThread(const DiskThread&) = delete;
    DiskThread& operator=(const DiskThread&) = delete;

    // From any thread; never blocks on the disk.
    void submit(Job job);

private:
    void run();

    std::mutex mutex_;  // guards the two below; held for a moment, and no other lock is taken under it
    std::deque<Job> waiting_;
    bool stopping_ = false;
    std::condition_variable changed_;
    std::thread thread_;  // last: it runs on all of the above
};

}  // namespace haas::console

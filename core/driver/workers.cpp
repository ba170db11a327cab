#include "core/driver/workers.hpp"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace haas::driver {

struct Workers::State {
    struct Waiting {
        Job job;
        void* argument;
    };
    struct Lane {
        std::deque<Waiting> jobs;
        bool running = false;
    };

    State(std::string thread_name, unsigned limit) : name(std::move(thread_name)), most(std::max(1U, limit)) {}

    const std::string name;
    const std::size_t most;

    std::mutex mutex;  // guards all below; held for bookkeeping only, never while a job runs
    std::condition_variable wake;
    std::unordered_map<std::uint64_t, Lane> lanes;  // of nodes that have a job
    std::deque<std::uint64_t> ready;                // nodes with a waiting job and no running one, first come first served
    std::size_t waiting = 0;
    std::size_t resting = 0;  // threads that wait for work
    std::size_t alive = 0;
    bool closed = false;
    std::function<void()> idle;
    std::vector<std::thread> threads;

    void work();
    bool run_next(std::unique_lock<std::mutex>& lock);
    bool grow(const std::shared_ptr<State>& self);
};

// Runs the job at the head of the line, if there is one.
bool Workers::State::run_next(std::unique_lock<std::mutex>& lock) {
    if (ready.empty()) return false;
    const std::uint64_t node = ready.front();
    ready.pop_front();
    Lane& lane = lanes.at(node);  // stays where it is while other nodes come and go
    const Waiting next = lane.jobs.front();
    lane.jobs.pop_front();
    lane.running = true;
    --waiting;
    const bool abandoned = closed;

    lock.unlock();
    next.job(next.argument, abandoned ? 1 : 0);
    lock.lock();

    lane.running = false;
    if (lane.jobs.empty()) {
        lanes.erase(node);
    } else {
        ready.push_back(node);  // this thread, or a resting one, takes it
        wake.notify_one();
    }
    return true;
}

void Workers::State::work() {
    std::unique_lock lock(mutex);
    for (;;) {
        if (run_next(lock)) continue;
        // With nothing ready all that may still come is behind a running job, whose own thread will see to it.
        if (closed) break;
        ++resting;
        wake.wait(lock);
        --resting;
    }
    --alive;
    if (alive > 0 || !idle) return;
    const auto last = std::exchange(idle, nullptr);
    lock.unlock();
    last();
}

// Makes one more thread; false if the system has none and there is none to do the work.
bool Workers::State::grow(const std::shared_ptr<State>& self) {
    try {
        threads.emplace_back([self] { self->work(); });
    } catch (const std::system_error&) {
        return alive > 0;
    }
    ++alive;
    const std::string shown = name.substr(0, 12) + "/" + std::to_string(threads.size());
    pthread_setname_np(threads.back().native_handle(), shown.substr(0, 15).c_str());
    return true;
}

Workers::Workers(std::string name, unsigned threads) : state_(std::make_shared<State>(std::move(name), threads)) {}

haas_obm_status Workers::run(std::uint64_t node, Job job, void* argument) {
    const std::lock_guard lock(state_->mutex);
    if (state_->closed || state_->waiting >= capacity) return HAAS_OBM_BUSY;
    // One more thread when the lines are longer than the hands that are free to take them.
    const auto known = state_->lanes.find(node);
    const bool behind_its_own = known != state_->lanes.end();
    if (!behind_its_own && state_->ready.size() >= state_->resting && state_->threads.size() < state_->most &&
        !state_->grow(state_)) {
        return HAAS_OBM_BUSY;
    }
    State::Lane& lane = behind_its_own ? known->second : state_->lanes[node];
    lane.jobs.push_back({job, argument});
    ++state_->waiting;
    if (!lane.running && lane.jobs.size() == 1) {
        state_->ready.push_back(node);
        state_->wake.notify_one();
    }
    return HAAS_OBM_OK;
}

void Workers::close(std::function<void()> idle) {
    {
        const std::lock_guard lock(state_->mutex);
        state_->closed = true;
        if (state_->alive > 0) state_->idle = std::exchange(idle, nullptr);
    }
    state_->wake.notify_all();
    if (idle) idle();
}

void Workers::join() {
    for (std::thread& thread : state_->threads) thread.join();
    state_->threads.clear();
}

void Workers::leave() {
    for (std::thread& thread : state_->threads) thread.detach();
    state_->threads.clear();
}

}  // namespace haas::driver

#include "core/auth/hasher.hpp"

#include <utility>

#include <pthread.h>

namespace haas::auth {

Hasher::Hasher(Loop& loop, unsigned threads, Verify verify) : loop_(loop), verify_(verify) {
    for (unsigned i = 0; i < threads; ++i) {
        threads_.emplace_back([this] { run(); });
        ::pthread_setname_np(threads_.back().native_handle(), "hasher");
    }
}

Hasher::~Hasher() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

bool Hasher::submit(const std::string& network, Job&& job) {
    {
        const std::lock_guard lock(mutex_);
        if (jobs_ >= most_jobs) return false;
        const auto [line, is_new] = waiting_.try_emplace(network);
        if (line->second.size() >= most_jobs_of_a_network) return false;
        if (is_new) turns_.push_back(network);
        line->second.push_back(std::move(job));
        ++jobs_;
    }
    changed_.notify_one();
    return true;
}

Hasher::Job Hasher::take() {
    std::string network = std::move(turns_.front());
    turns_.pop_front();
    const auto line = waiting_.find(network);
    Job job = std::move(line->second.front());
    line->second.pop_front();
    --jobs_;
    if (line->second.empty()) {
        waiting_.erase(line);
    } else {
        turns_.push_back(std::move(network));
    }
    return job;
}

void Hasher::run() {
    while (true) {
        Job job;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return stopping_ || jobs_ > 0; });
            if (stopping_) return;
            job = take();
        }
        const bool right = verify_(job.password, job.hash);
        job.password = Secret();
        loop_.post([done = std::move(job.done), right] { done(right); });
    }
}

}  // namespace haas::auth

// Threads that verify passwords, so that the loop does not wait for what is slow on purpose.  A bounded queue, fair among
// networks: who sends a thousand guesses delays the others by one.  Knows no user.  Private to core/auth.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/base/loop.hpp"
#include "core/base/secret.hpp"

namespace haas::auth {

class Hasher {
public:
    struct Job {
        Secret password;
        std::string hash;
        std::function<void(bool right)> done;  // on the loop; not called when the hasher ends first
    };

    static constexpr std::size_t most_jobs = 256;             // that wait
    static constexpr std::size_t most_jobs_of_a_network = 16;

    // `verify` is what takes long; from several threads at once.  The loop outlives it.
    using Verify = bool (*)(const Secret& password, const std::string& hash);
    Hasher(Loop& loop, unsigned threads, Verify verify);
    // Waits for what is being hashed, one password a thread; what waits is dropped.
    ~Hasher();
    Hasher(const Hasher&) = delete;
    Hasher& operator=(const Hasher&) = delete;

    // False when too much is waiting: then the job is as it was.
    bool submit(const std::string& network, Job&& job);

private:
    void run();
    // The first job of the network whose turn it is; the lock is held, and something waits.
    Job take();

    Loop& loop_;
    const Verify verify_;

    std::mutex mutex_;  // guards the four below; held for a moment, and no other lock is taken under it
    std::map<std::string, std::deque<Job>> waiting_;  // none is empty
    std::deque<std::string> turns_;                   // the networks in waiting_, who is next first
    std::size_t jobs_ = 0;
    bool stopping_ = false;
    std::condition_variable changed_;
    std::vector<std::thread> threads_;  // last: they run on all of the above
};

}  // namespace haas::auth

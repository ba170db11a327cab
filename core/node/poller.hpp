// When to poll: goes round all nodes once in an interval, evenly spread and a little at random, a bounded number at a
// time.  It knows no node; whom to ask is given in.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <random>

#include "core/base/loop.hpp"

namespace haas::node {

class Poller {
public:
    // So many may be under way.  With that many silent BMCs the round takes longer than its interval.
    static constexpr std::size_t most_under_way = 256;
    // It wakes no more often than this; where there are more nodes, it asks several at once.
    static constexpr std::chrono::milliseconds shortest_pause{10};

    struct Access {
        std::function<std::size_t()> count;  // the nodes of a round
        // Comes to the next node of the round.  Returns true when it is asked, and calls the function later, once; false
        // when it is left out this time.
        std::function<bool(std::function<void()> answered)> poll_next;
    };

    // `seed` chooses the sequence of pauses.
    Poller(Loop& loop, Loop::Duration interval, Access access, std::minstd_rand::result_type seed);
    ~Poller();
    Poller(const Poller&) = delete;
    Poller& operator=(const Poller&) = delete;

    // The first poll comes within a pause from now.
    void start();
    void stop();

private:
    void rest();
    void wake();

    Loop& loop_;
    const Loop::Duration interval_;
    const Access access_;
    std::minstd_rand random_;
    Loop::Timer timer_ = Loop::Timer::none;
    std::size_t owed_ = 0;  // nodes to come to when the timer ends, or when one under way has answered
    std::size_t under_way_ = 0;
    bool stopped_ = true;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace haas::node

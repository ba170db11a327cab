// What other threads want run on the loop, and when the loop comes to run it.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/base/loop.hpp"

namespace haas::daemon {

// Whether so much comes that the loop had better let it pile up for a `pace` than wake up for each.
class Storm {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::microseconds pace{100};
    // So often in a row the loop comes at once, though it was here less than a pace ago.
    static constexpr unsigned patience = 8;

    // The loop came, found so many, and is about to leave.  It is over when a pace brought one or none, or when the loop
    // had other things to do for another pace.
    bool goes_on(Time came, Time leaves, std::size_t found) noexcept;

private:
    Time left_{};
    unsigned in_a_row_ = 0;
};

// What comes alone is run at once; of what one caller asks without a pause, and is answered within a pace each time, one in
// nine waits.  When a thousand BMCs answer in one burst, though, a loop that wakes up for each of them falls asleep a
// thousand times, and on a busy processor takes it from the driver each time.
class Mailbox {
public:
    // So many tasks are run before others that wait for the loop have their turn.
    static constexpr std::size_t most_at_once = 64;

    // `io` outlives the mailbox, and is not run any more once that is gone.
    explicit Mailbox(boost::asio::io_context& io) : io_(io), nap_(io) {}

    // From any thread; tasks of one thread keep their order.
    void post(Loop::Task task);

private:
    void come();
    void empty();

    boost::asio::io_context& io_;
    std::mutex mutex_;
    std::deque<Loop::Task> tasks_;
    bool awaited_ = false;  // the loop is on its way, and need not be woken up

    // The loop's own.
    std::deque<Loop::Task> fetched_;
    std::size_t found_ = 0;  // when it fetched them
    Storm::Time came_{};
    Storm storm_;
    boost::asio::steady_timer nap_;
};

}  // namespace haas::daemon

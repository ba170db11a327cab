// The core's loop on an Asio io_context: the one thread that everything but disks, BMCs and workers runs on.
#pragma once

#include <map>
#include <memory>
#include <thread>
#include <unordered_map>
#include <utility>

#include "core/base/loop.hpp"
#include "core/daemon/mailbox.hpp"

namespace haas::daemon {

class AsioLoop final : public Loop {
public:
    // `io` outlives the loop, and is not run any more once that is gone.  The thread that makes the loop runs it.
    explicit AsioLoop(boost::asio::io_context& io);
    ~AsioLoop() override;

    void post(Task task) override;
    Time now() const override;
    Timer at(Time when, Task task) override;
    void cancel(Timer timer) override;

private:
    using Key = std::pair<Time, std::uint64_t>;  // timers of one moment fire in the order they were set
    struct Alarm;

    void arm();
    void fire();

    boost::asio::io_context& io_;
    const std::thread::id own_thread_ = std::this_thread::get_id();
    Mailbox mailbox_;
    std::unique_ptr<Alarm> alarm_;
    std::map<Key, Task> timers_;
    std::unordered_map<std::uint64_t, Time> times_;
    std::uint64_t last_ = 0;
};

}  // namespace haas::daemon

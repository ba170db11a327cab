#include "core/daemon/asio_loop.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace haas::daemon {

// One kernel timer serves them all; it is set to the earliest.
struct AsioLoop::Alarm {
    explicit Alarm(boost::asio::io_context& io) : timer(io) {}
    boost::asio::steady_timer timer;
    Time set_to = Time::max();
};

AsioLoop::AsioLoop(boost::asio::io_context& io) : io_(io), mailbox_(io), alarm_(std::make_unique<Alarm>(io)) {}

AsioLoop::~AsioLoop() = default;

void AsioLoop::post(Task task) {
    if (std::this_thread::get_id() == own_thread_) {
        boost::asio::post(io_, std::move(task));
    } else {
        mailbox_.post(std::move(task));
    }
}

Loop::Time AsioLoop::now() const { return std::chrono::steady_clock::now(); }

Loop::Timer AsioLoop::at(Time when, Task task) {
    const std::uint64_t id = ++last_;
    timers_.emplace(Key(when, id), std::move(task));
    times_.emplace(id, when);
    arm();
    return static_cast<Timer>(id);
}

void AsioLoop::cancel(Timer timer) {
    const auto found = times_.find(static_cast<std::uint64_t>(timer));
    if (found == times_.end()) return;
    timers_.erase(Key(found->second, found->first));
    times_.erase(found);
    // The alarm may now ring for nothing once: cheaper than setting it anew for each cancelled deadline.
}

void AsioLoop::arm() {
    if (timers_.empty() || timers_.begin()->first.first >= alarm_->set_to) return;
    alarm_->set_to = timers_.begin()->first.first;
    alarm_->timer.expires_at(alarm_->set_to);
    alarm_->timer.async_wait([this](const boost::system::error_code& error) {
        if (!error) fire();  // an error is a cancel: set again, or the loop is going
    });
}

void AsioLoop::fire() {
    alarm_->set_to = Time::max();
    const Time now_time = now();
    // What is set while firing waits for the next round, so that a task that sets itself anew cannot hold the loop.
    const std::uint64_t newest = last_;
    for (auto next = timers_.begin(); next != timers_.end() && next->first.first <= now_time;) {
        if (next->first.second > newest) {
            ++next;
            continue;
        }
        const Task task = std::move(next->second);
        times_.erase(next->first.second);
        timers_.erase(next);
        task();
        next = timers_.begin();  // the task may have changed everything
    }
    arm();
}

}  // namespace haas::daemon

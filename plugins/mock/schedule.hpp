// What is still to come: answers, and moments to look at a console.  One thread for all nodes of the driver, made when the
// first of them has to wait.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "haas/obm/driver.hpp"

namespace haas::mock {

class Schedule {
public:
    using Action = std::function<void(obm::Reply)>;

    explicit Schedule(obm::Host host) : host_(host) {}
    ~Schedule();
    Schedule(const Schedule&) = delete;
    Schedule& operator=(const Schedule&) = delete;

    // Runs the action on the schedule's thread at that time of the host's clock, unless it is cancelled before.
    void at(obm::Time when, std::uint64_t node, obm::Reply reply, Action action);
    // Runs it on the schedule's thread at that time, unless the node is detached before.
    void wake(obm::Time when, std::uint64_t node, std::function<void()> look);
    // Keeps the answer until the node is detached: cancel() does not reach it.
    void hold(std::uint64_t node, obm::Reply reply);

    // Both answer "cancelled": nothing was done, for nothing was due.
    void cancel(std::uint64_t operation);
    void detach(std::uint64_t node);

private:
    struct Entry {
        std::uint64_t node;
        std::optional<obm::Reply> reply;  // none: a moment to look
        Action action;                    // none: held, or a moment to look
        std::function<void()> look;

        bool held() const { return reply && !action; }
    };
    using Entries = std::multimap<obm::Time, Entry>;

    void run();
    void insert(obm::Time when, Entry entry);

    const obm::Host host_;
    std::mutex mutex_;  // guards all below; not held while an action runs
    std::condition_variable changed_;
    Entries entries_;
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace haas::mock

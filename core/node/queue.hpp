// The one FIFO of a node: runs its operations one after the other, each within its deadline.
// It knows no driver calls and no verbs; what an operation does is the operation's business.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/loop.hpp"
#include "core/node/operation.hpp"

namespace haas::node {

class Queue : public std::enable_shared_from_this<Queue> {
public:
    // More operations than this waiting on one node are refused with Errc::busy.
    static constexpr std::size_t limit = 64;

    explicit Queue(Loop& loop) : loop_(loop) {}
    ~Queue();
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;

    // Whom operations talk to that begin from now on.  It outlives what runs.
    void serve(driver::Node* bmc) noexcept { bmc_ = bmc; }
    // Runs the operation when all before it have finished.
    void submit(std::shared_ptr<Operation> operation);

    // The operation that was submitted last, while it has not finished: what a second reader may join.
    Operation* newest() const noexcept;
    // Nothing runs and nothing waits.
    bool idle() const noexcept { return !running_ && waiting_.empty(); }

    // One asker of an operation that waits is answered with `why`; when it is the only one, the operation goes.  One that
    // runs is withdrawn.
    void abandon(const Operation& operation, std::uint64_t asker, const Error& why);

    // Refuses what waits and everything to come with `why`, awaits what runs, then calls `idle` (perhaps at once).
    // When it is closed already the first `why` stays, and each `idle` is called.
    void close(Error why, std::function<void()> idle);
    // Refuses what waits now; what comes later is welcome.
    void refuse_waiting(const Error& why);
    // Takes a close() back: the node stays after all.
    void reopen();
    // Awaits what runs, then calls `idle` (perhaps at once); nothing begins until resume().  What waits goes on waiting,
    // until its deadline.
    void pause(std::function<void()> idle);
    void resume();
    // What runs is asked to give up.
    void cancel_running();

private:
    struct Waiting {
        std::shared_ptr<Operation> operation;
        Loop::Timer timer;
    };
    // Why nothing begins any more, or not now, and who waits for what runs to end.  Seldom there.
    struct Halt {
        std::optional<Error> closed;
        bool paused = false;
        std::vector<std::function<void()>> idle;
    };

    Halt& halt();
    void await_idle(std::function<void()> idle);
    void next();
    void expire(const Operation* operation);
    std::vector<Waiting>::iterator find(const Operation* operation);

    Loop& loop_;
    driver::Node* bmc_ = nullptr;
    // A node seldom has more than one waiting, and never more than the limit.
    std::vector<Waiting> waiting_;
    std::shared_ptr<Operation> running_;
    std::unique_ptr<Halt> halt_;
};

}  // namespace haas::node

// The one FIFO of a node: runs its operations one after the other, each within its deadline.
// It knows no driver calls and no verbs; what an operation does is the operation's business.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
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

    // Runs the operation when all before it have finished.  `bmc` outlives the queue's work.
    void submit(driver::Node& bmc, std::shared_ptr<Operation> operation);

    // The operation that was submitted last, while it has not finished: what a second reader may join.
    Operation* newest() const noexcept;

    // Refuses what waits and everything to come with `why`, awaits what runs, then calls `idle` (perhaps at once).
    // When it is closed already the first `why` stays, and each `idle` is called.
    void close(Error why, std::function<void()> idle);
    // Refuses what waits now; what comes later is welcome.
    void refuse_waiting(const Error& why);
    // Takes a close() back: the node stays after all.
    void reopen();
    // What runs is asked to give up.
    void cancel_running();

private:
    struct Waiting {
        driver::Node* bmc;
        std::shared_ptr<Operation> operation;
        Loop::Timer timer;
    };

    void next();
    void expire(const Operation* operation);

    Loop& loop_;
    // A node seldom has more than one waiting, and never more than the limit.
    std::vector<Waiting> waiting_;
    std::shared_ptr<Operation> running_;
    std::unique_ptr<Error> closed_;  // there: why nothing is taken any more
    std::vector<std::function<void()>> idle_;
};

}  // namespace haas::node

// One thing asked of a node that needs its driver: what waits in a node's queue.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "core/base/loop.hpp"
#include "core/base/result.hpp"
#include "core/driver/driver.hpp"

namespace haas::node {

// An operation answers its asker exactly once: through start(), or through refuse().  All on the loop's thread.
// It is shared, because a driver may answer after the queue that held it has gone.
class Operation : public std::enable_shared_from_this<Operation> {
public:
    using Finished = std::function<void()>;

    explicit Operation(Loop::Time deadline) : deadline_(deadline) {}
    virtual ~Operation() = default;
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;

    // Its turn: talks to the driver, answers, then calls `finished` (never from inside start).  The driver node outlives
    // the operation or completes what it had asked.
    virtual void start(driver::Node& bmc, Finished finished) = 0;
    // Will not have its turn.
    virtual void refuse(const Error& why) = 0;
    // Started, and no longer wanted: finishes soon.
    virtual void cancel() = 0;
    // Started, and whoever asked has given it up: what was not sent to the managed system by now never is, and what was
    // goes on.  It answers and finishes as ever.
    virtual void withdraw() {}

    // An operation may have several askers, who wait for one answer.  Is this the only one left?
    virtual bool is_only_asker(std::uint64_t) const { return true; }
    // Answers one of several askers, and forgets it.  Nothing happens when it is not there.
    virtual void drop(std::uint64_t, const Error&) {}

    // By then it is answered; counted from when it was asked for, so that waiting in the queue is part of it.
    Loop::Time deadline() const noexcept { return deadline_; }

private:
    Loop::Time deadline_;
};

}  // namespace haas::node

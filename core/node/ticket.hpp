// The hold that an asker has on its operation: it can be given up as long as it has not begun.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

namespace haas::node {

class Queue;
class Operation;
class Switching;

// Cheap to copy and to throw away: throwing it away gives nothing up.
class Ticket {
public:
    Ticket() = default;
    Ticket(std::weak_ptr<Queue> queue, std::weak_ptr<Operation> operation, std::uint64_t asker)
        : queue_(std::move(queue)), operation_(std::move(operation)), asker_(asker) {}
    explicit Ticket(std::weak_ptr<Switching> switching) : switching_(std::move(switching)) {}

    // What was not sent to the managed system by now never is: then the answer is Errc::cancelled and Effect::none, from
    // inside this call where the operation has not begun.  A verb that was sent goes on; a soft off is not forced any
    // more, and an answer that was held until the goal is seen comes without.
    void abandon();

private:
    std::weak_ptr<Queue> queue_;
    std::weak_ptr<Operation> operation_;
    std::uint64_t asker_ = 0;  // one of those that share the operation
    std::weak_ptr<Switching> switching_;
};

}  // namespace haas::node

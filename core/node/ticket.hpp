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

    // The asker is answered with Errc::cancelled and Effect::none from inside this call, and nothing is sent for it.
    // Once the operation has begun, or was answered, this does nothing; but a soft off that has begun is not forced
    // any more.
    void abandon();

private:
    std::weak_ptr<Queue> queue_;
    std::weak_ptr<Operation> operation_;
    std::uint64_t asker_ = 0;  // one of those that share the operation
    std::weak_ptr<Switching> switching_;
};

}  // namespace haas::node

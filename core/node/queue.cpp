#include "core/node/queue.hpp"

#include <algorithm>
#include <utility>

namespace haas::node {

Queue::~Queue() {
    for (const Waiting& one : waiting_) loop_.cancel(one.timer);
}

void Queue::submit(driver::Node& bmc, std::shared_ptr<Operation> operation) {
    if (closed_) {
        operation->refuse(*closed_);
        return;
    }
    if (waiting_.size() >= limit) {
        operation->refuse({Errc::busy, "64 operations are already waiting for this node", Effect::none});
        return;
    }
    const auto expire_it = [weak = weak_from_this(), raw = operation.get()] {
        if (const auto self = weak.lock()) self->expire(raw);
    };
    const Loop::Timer timer = loop_.at(operation->deadline(), expire_it);
    waiting_.push_back({&bmc, std::move(operation), timer});
    if (!running_) next();
}

Operation* Queue::newest() const noexcept {
    return waiting_.empty() ? running_.get() : waiting_.back().operation.get();
}

void Queue::next() {
    if (waiting_.empty()) {
        const std::vector<std::function<void()>> idle = std::exchange(idle_, {});
        for (const auto& tell : idle) tell();
        return;
    }
    Waiting first = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    loop_.cancel(first.timer);
    running_ = std::move(first.operation);
    // The operation holds itself alive while its driver is at work; the queue may be gone when it finishes.
    running_->start(*first.bmc, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) {
            self->running_.reset();
            self->next();
        }
    });
}

void Queue::expire(const Operation* operation) {
    const auto found = std::find_if(waiting_.begin(), waiting_.end(),
                                    [&](const Waiting& one) { return one.operation.get() == operation; });
    if (found == waiting_.end()) return;
    const std::shared_ptr<Operation> expired = std::move(found->operation);
    waiting_.erase(found);
    expired->refuse({Errc::timed_out,
                     "not started within its deadline: other operations of this node were still running; nothing was sent",
                     Effect::none});
}

void Queue::close(Error why, std::function<void()> idle) {
    if (!closed_) closed_ = std::make_unique<Error>(std::move(why));
    refuse_waiting(*closed_);
    if (running_) {
        idle_.push_back(std::move(idle));
    } else {
        idle();
    }
}

void Queue::refuse_waiting(const Error& why) {
    const std::vector<Waiting> refused = std::exchange(waiting_, {});
    for (const Waiting& one : refused) {
        loop_.cancel(one.timer);
        one.operation->refuse(why);
    }
}

void Queue::reopen() {
    closed_.reset();
}

void Queue::cancel_running() {
    if (running_) running_->cancel();
}

}  // namespace haas::node

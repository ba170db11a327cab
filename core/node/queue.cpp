#include "core/node/queue.hpp"

#include <algorithm>
#include <utility>

namespace haas::node {

Queue::~Queue() {
    for (const Waiting& one : waiting_) loop_.cancel(one.timer);
}

void Queue::submit(std::shared_ptr<Operation> operation) {
    if (halt_ && halt_->closed) {
        const Error why = *halt_->closed;
        operation->refuse(why);
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
    waiting_.push_back({std::move(operation), timer});
    if (!running_) next();
}

Operation* Queue::newest() const noexcept {
    return waiting_.empty() ? running_.get() : waiting_.back().operation.get();
}

std::vector<Queue::Waiting>::iterator Queue::find(const Operation* operation) {
    return std::find_if(waiting_.begin(), waiting_.end(),
                        [&](const Waiting& one) { return one.operation.get() == operation; });
}

void Queue::next() {
    const bool held = halt_ && halt_->paused;
    if (waiting_.empty() || held) {
        const auto idle = halt_ ? std::exchange(halt_->idle, {}) : std::vector<std::function<void()>>();
        for (const auto& tell : idle) tell();
        return;
    }
    Waiting first = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    loop_.cancel(first.timer);
    running_ = std::move(first.operation);
    // The operation holds itself alive while its driver is at work; the queue may be gone when it finishes.
    running_->start(*bmc_, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) {
            self->running_.reset();
            self->next();
        }
    });
}

void Queue::expire(const Operation* operation) {
    const auto found = find(operation);
    if (found == waiting_.end()) return;
    const std::shared_ptr<Operation> expired = std::move(found->operation);
    waiting_.erase(found);
    expired->refuse({Errc::timed_out,
                     "not started within its deadline: other operations of this node were still running; nothing was sent",
                     Effect::none});
}

void Queue::abandon(const Operation& operation, std::uint64_t asker, const Error& why) {
    const auto found = find(&operation);
    if (found == waiting_.end()) {
        if (const auto running = running_; running.get() == &operation) running->withdraw();
        return;
    }
    const std::shared_ptr<Operation> waiting = found->operation;
    if (!waiting->is_only_asker(asker)) return waiting->drop(asker, why);
    loop_.cancel(found->timer);
    waiting_.erase(found);
    waiting->refuse(why);
}

Queue::Halt& Queue::halt() {
    if (!halt_) halt_ = std::make_unique<Halt>();
    return *halt_;
}

void Queue::await_idle(std::function<void()> idle) {
    if (running_) {
        halt().idle.push_back(std::move(idle));
    } else {
        idle();
    }
}

void Queue::close(Error why, std::function<void()> idle) {
    if (!halt().closed) halt().closed = std::move(why);
    const Error first = *halt().closed;
    refuse_waiting(first);
    await_idle(std::move(idle));
}

void Queue::refuse_waiting(const Error& why) {
    const std::vector<Waiting> refused = std::exchange(waiting_, {});
    for (const Waiting& one : refused) {
        loop_.cancel(one.timer);
        one.operation->refuse(why);
    }
}

void Queue::reopen() {
    if (halt_) halt_->closed.reset();
}

void Queue::pause(std::function<void()> idle) {
    halt().paused = true;
    await_idle(std::move(idle));
}

void Queue::resume() {
    if (!halt_) return;
    halt_->paused = false;
    if (!halt_->closed && halt_->idle.empty()) halt_.reset();
    if (!running_) next();
}

void Queue::cancel_running() {
    if (running_) running_->cancel();
}

}  // namespace haas::node

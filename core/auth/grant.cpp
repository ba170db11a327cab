#include "core/auth/grant.hpp"

#include <utility>

namespace haas::auth {

Grant::Subscription::Subscription(Subscription&& other) noexcept
    : grant_(std::exchange(other.grant_, {})), id_(std::exchange(other.id_, 0)) {}

Grant::Subscription& Grant::Subscription::operator=(Subscription&& other) noexcept {
    if (this != &other) {
        const Subscription ended(std::move(*this));
        grant_ = std::exchange(other.grant_, {});
        id_ = std::exchange(other.id_, 0);
    }
    return *this;
}

Grant::Subscription::~Subscription() {
    const auto grant = grant_.lock();
    if (!grant) return;
    // Destroyed at the end, when nothing of the grant is being changed: it may own whatever it captured.
    const auto forgotten = grant->callbacks_.extract(id_);
}

std::shared_ptr<Grant> Grant::make() { return std::shared_ptr<Grant>(new Grant()); }

Grant::Subscription Grant::on_end(std::function<void()> callback) {
    if (ended_) {
        callback();
        return {};
    }
    callbacks_.emplace(++last_, std::move(callback));
    return Subscription(weak_from_this(), last_);
}

void Grant::end() {
    if (ended_) return;
    ended_ = true;
    // A callback may let go of the last reference to this.
    const auto alive = shared_from_this();
    while (!callbacks_.empty()) {
        const auto next = callbacks_.extract(callbacks_.begin());
        next.mapped()();
    }
}

}  // namespace haas::auth

#include "core/node/transitions.hpp"

#include <algorithm>

namespace haas::node {

std::shared_ptr<Transition> Transitions::of(const Key& key, Loop::Time now) {
    if (const auto found = all_.find(key); found != all_.end()) return found->second;
    if (all_.size() >= look_at_) forget_what_is_over(now);
    return all_.emplace(key, std::make_shared<Transition>()).first->second;
}

Transition* Transitions::find(const Key& key) const {
    const auto found = all_.find(key);
    return found != all_.end() ? found->second.get() : nullptr;
}

// Twice as many as were left may come before it is worth looking again: each look is paid by what came.
void Transitions::forget_what_is_over(Loop::Time now) {
    constexpr std::size_t least = 64;
    std::erase_if(all_, [&](const auto& one) { return one.second.use_count() == 1 && one.second->over(now); });
    look_at_ = std::max(least, 2 * all_.size());
}

}  // namespace haas::node

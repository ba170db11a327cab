// BMCs that let all others go ahead: each has its turn in a lull, or when it has waited for long.
#pragma once

#include <chrono>
#include <deque>
#include <unordered_set>

#include "plugins/ipmi/session/settings.hpp"

namespace haas::ipmi {

class Bmc;

class Stragglers {
public:
    // They wait for a lull, but no longer than that.
    explicit Stragglers(Duration longest_wait) : longest_wait_(longest_wait) {}

    // Asking twice is asking once.
    void await(Bmc& bmc, Time now);
    // Harmless where it does not wait.
    void leave(Bmc& bmc);
    bool empty() const noexcept { return waiting_.empty(); }

    // Gives the turn to the first, or to nobody: nullptr.
    Bmc* next(Time now, bool lull);

private:
    struct One {
        Bmc* bmc;
        Time since;
    };

    const Duration longest_wait_;
    std::deque<One> line_;  // may hold some that have left
    std::unordered_set<Bmc*> waiting_;
};

}  // namespace haas::ipmi

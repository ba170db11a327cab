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
    // For a lull.
    static constexpr Duration longest_wait = std::chrono::milliseconds(100);

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

    // May hold some that have left.
    std::deque<One> line_;
    std::unordered_set<Bmc*> waiting_;
};

}  // namespace haas::ipmi

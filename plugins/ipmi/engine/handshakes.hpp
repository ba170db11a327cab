// Which BMCs are shaking hands, and which may begin next: at most so many at once, in the order in which they asked; but
// one that was silent the last time lets everybody else go first, for it is most likely silent again.
#pragma once

#include <deque>
#include <unordered_set>

#include "plugins/ipmi/engine/stragglers.hpp"

namespace haas::ipmi {

class Handshakes {
public:
    Handshakes(unsigned at_once, Duration longest_wait) : at_once_(at_once), silent_(longest_wait) {}

    // Asking twice is asking once, as it was asked last.
    void await(Bmc& bmc, bool was_silent, Time now);
    // Gives the turn back, or the place in the line; harmless without either.
    void over(Bmc& bmc);

    // Gives the turn to the first in line, or to nobody: nullptr.
    Bmc* next();
    // next() would give a turn.
    bool has_next() const noexcept { return !waiting_.empty() && has_room(); }
    // The same for those that were silent: in a lull, or when one has waited for long.
    Bmc* next_silent(Time now, bool lull);
    // There may be somebody to whom a lull would give a turn.
    bool wants_lull() const noexcept { return !silent_.empty() && has_room(); }

private:
    bool has_room() const noexcept { return shaking_.size() < at_once_; }

    const std::size_t at_once_;
    std::deque<Bmc*> line_;  // may hold some that have left
    Stragglers silent_;
    std::unordered_set<Bmc*> waiting_;
    std::unordered_set<Bmc*> shaking_;
};

}  // namespace haas::ipmi

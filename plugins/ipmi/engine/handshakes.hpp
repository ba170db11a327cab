// Which BMCs are shaking hands, and which may begin next: at most so many at once, in the order in which they asked; but
// one that was silent the last time lets everybody else go first, for it is most likely silent again.
#pragma once

#include <chrono>
#include <deque>
#include <unordered_set>

#include "plugins/ipmi/session/settings.hpp"

namespace haas::ipmi {

class Bmc;

class Handshakes {
public:
    // What a BMC that was silent waits at most for a lull.
    static constexpr Duration longest_wait = std::chrono::milliseconds(100);

    explicit Handshakes(unsigned at_once) : at_once_(at_once) {}

    // Asking twice is asking once.
    void await(Bmc& bmc, bool was_silent, Time now);
    // Gives the turn back, or the place in the line; harmless without either.
    void over(Bmc& bmc);

    // Gives the turn to the first in line, or to nobody: nullptr.
    Bmc* next();
    // The same for those that were silent: in a lull, or when one has waited for long.
    Bmc* next_silent(Time now, bool lull);
    // There may be somebody to whom a lull would give a turn.
    bool wants_lull() const noexcept { return !silent_.empty() && has_room(); }

private:
    struct Silent {
        Bmc* bmc;
        Time since;
    };

    bool has_room() const noexcept { return shaking_.size() < at_once_; }
    bool begin(Bmc* bmc);

    const std::size_t at_once_;
    // The lines may hold some that have left them.
    std::deque<Bmc*> line_;
    std::deque<Silent> silent_;
    std::unordered_set<Bmc*> waiting_;
    std::unordered_set<Bmc*> shaking_;
};

}  // namespace haas::ipmi

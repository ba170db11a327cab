#include "plugins/ipmi/engine/handshakes.hpp"

namespace haas::ipmi {

void Handshakes::await(Bmc& bmc, bool was_silent, Time now) {
    if (!waiting_.insert(&bmc).second) return;
    if (was_silent) {
        silent_.push_back({&bmc, now});
    } else {
        line_.push_back(&bmc);
    }
}

void Handshakes::over(Bmc& bmc) {
    waiting_.erase(&bmc);
    shaking_.erase(&bmc);
}

Bmc* Handshakes::next() {
    while (has_room() && !line_.empty()) {
        Bmc* const first = line_.front();
        line_.pop_front();
        if (begin(first)) return first;
    }
    return nullptr;
}

Bmc* Handshakes::next_silent(Time now, bool lull) {
    while (has_room() && !silent_.empty()) {
        const Silent first = silent_.front();
        if (!lull && now < first.since + longest_wait) return nullptr;
        silent_.pop_front();
        if (begin(first.bmc)) return first.bmc;
    }
    return nullptr;
}

// False: it has left the line.
bool Handshakes::begin(Bmc* bmc) {
    if (waiting_.erase(bmc) == 0) return false;
    shaking_.insert(bmc);
    return true;
}

}  // namespace haas::ipmi

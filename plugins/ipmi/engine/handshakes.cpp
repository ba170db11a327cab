#include "plugins/ipmi/engine/handshakes.hpp"

namespace haas::ipmi {

void Handshakes::await(Bmc& bmc, bool was_silent, Time now) {
    if (was_silent) {
        waiting_.erase(&bmc);
        silent_.await(bmc, now);
    } else {
        silent_.leave(bmc);
        if (waiting_.insert(&bmc).second) line_.push_back(&bmc);
    }
}

void Handshakes::over(Bmc& bmc) {
    waiting_.erase(&bmc);
    silent_.leave(bmc);
    shaking_.erase(&bmc);
}

Bmc* Handshakes::next() {
    while (has_room() && !line_.empty()) {
        Bmc* const first = line_.front();
        line_.pop_front();
        if (waiting_.erase(first) == 0) continue;
        shaking_.insert(first);
        return first;
    }
    return nullptr;
}

Bmc* Handshakes::next_silent(Time now, bool lull) {
    Bmc* const first = has_room() ? silent_.next(now, lull) : nullptr;
    if (first != nullptr) shaking_.insert(first);
    return first;
}

}  // namespace haas::ipmi

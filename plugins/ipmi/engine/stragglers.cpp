#include "plugins/ipmi/engine/stragglers.hpp"

namespace haas::ipmi {

void Stragglers::await(Bmc& bmc, Time now) {
    if (waiting_.insert(&bmc).second) line_.push_back({&bmc, now});
}

void Stragglers::leave(Bmc& bmc) { waiting_.erase(&bmc); }

Bmc* Stragglers::next(Time now, bool lull) {
    while (!line_.empty()) {
        const One first = line_.front();
        if (!lull && now < first.since + longest_wait_) return nullptr;
        line_.pop_front();
        if (waiting_.erase(first.bmc) != 0) return first.bmc;
    }
    return nullptr;
}

}  // namespace haas::ipmi

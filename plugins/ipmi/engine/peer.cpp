#include "plugins/ipmi/engine/peer.hpp"

#include <algorithm>

namespace haas::ipmi {

void Peer::enter(Bmc& guest) {
    if (std::find(guests_.begin(), guests_.end(), &guest) == guests_.end()) guests_.push_back(&guest);
}

bool Peer::leave(Bmc& guest) {
    std::erase(guests_, &guest);
    return guests_.empty();
}

bool Peer::take_turn(Bmc& guest) {
    if (std::find(line_.begin(), line_.end(), &guest) == line_.end()) line_.push_back(&guest);
    return line_.front() == &guest;
}

Bmc* Peer::end_turn(Bmc& guest) {
    const bool had_it = holder() == &guest;
    std::erase(line_, &guest);
    return had_it ? holder() : nullptr;
}

}  // namespace haas::ipmi

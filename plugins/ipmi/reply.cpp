#include "plugins/ipmi/reply.hpp"

#include <algorithm>

namespace haas::ipmi {

obm::Status status_of(const Outcome& outcome) {
    switch (outcome.kind) {
        case Outcome::Kind::done: return obm::Status::ok;
        case Outcome::Kind::timed_out: return obm::Status::timed_out;
        case Outcome::Kind::cancelled: return obm::Status::cancelled;
        case Outcome::Kind::failed: break;
    }
    switch (outcome.error) {
        case ErrorClass::unreachable: return obm::Status::unreachable;
        case ErrorClass::credentials: return obm::Status::credentials;
        case ErrorClass::privilege: return obm::Status::privilege;
        case ErrorClass::cipher: return obm::Status::cipher;
        case ErrorClass::busy: return obm::Status::busy;
        case ErrorClass::unsupported: return obm::Status::unsupported;
        case ErrorClass::state: return obm::Status::state;
        case ErrorClass::protocol: break;
    }
    return obm::Status::protocol;
}

obm::Effect effect_of(const Outcome& outcome) { return outcome.perhaps_done ? obm::Effect::unknown : obm::Effect::none; }

obm::Final final_of(const Outcome& outcome) { return outcome.final ? obm::Final::yes : obm::Final::no; }

Time deadline_of(const obm::Host& host, const obm::Reply& reply) {
    constexpr Duration most = std::chrono::hours(24);
    const Duration left = std::chrono::duration_cast<Duration>(reply.deadline() - host.now());
    return std::chrono::steady_clock::now() + std::clamp(left, -most, most);
}

}  // namespace haas::ipmi

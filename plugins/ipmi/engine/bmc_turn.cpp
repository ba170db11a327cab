// Sessions of a BMC among those of its other guests: whose turn it is, who makes room, and how a session is given back.
#include <algorithm>

#include "plugins/ipmi/command/payload.hpp"
#include "plugins/ipmi/crypto/hmac.hpp"
#include "plugins/ipmi/engine/bmc.hpp"

namespace haas::ipmi {
namespace {

bool same_account(const Target& a, const Target& b) noexcept {
    const Credentials& x = a.credentials;
    const Credentials& y = b.credentials;
    return equal(x.user(), y.user()) && equal(x.kuid(), y.kuid()) && x.kg_is_set() == y.kg_is_set() &&
           equal(x.sik_key(), y.sik_key()) && a.policy == b.policy;
}

}  // namespace

// Becomes a guest of the BMC at that address, and lines up there.  True: it has its turn.
bool Bmc::join(const Endpoint& endpoint, Time now) {
    if (peer_ != nullptr && !(peer_->endpoint() == endpoint)) leave_peer(now);
    if (peer_ == nullptr) {
        peer_ = &surroundings_.peer(endpoint);
        peer_->enter(*this);
    }
    return peer_->take_turn(*this);
}

void Bmc::leave_peer(Time now) {
    if (peer_ == nullptr) return;
    end_turn(now);
    if (peer_->leave(*this)) surroundings_.forget(*peer_);
    peer_ = nullptr;
}

void Bmc::end_turn(Time now) {
    Bmc* const next = peer_ != nullptr ? peer_->end_turn(*this) : nullptr;
    // It looks for itself, when its alarm rings.
    if (next != nullptr) surroundings_.set_alarm(*next, now);
}

// Two names of one BMC with one account share its session: whoever has the turn has it.  It is idle there, because
// only one guest at a time uses the BMC.
bool Bmc::adopt_session(Time now) {
    const auto guests = peer_->guests();
    const auto other = std::find_if(guests.begin(), guests.end(), [this](const Bmc* guest) {
        return guest != this && guest->phase_ == Phase::ready && !guest->keeps_session() &&
               same_account(guest->target_, target_);
    });
    if (other == guests.end()) return false;
    Bmc& from = **other;
    surroundings_.unroute(from.session_->console_id());
    session_ = std::move(from.session_);
    surroundings_.route(session_->console_id(), *this);
    level_ = from.level_;
    heard_at_ = from.heard_at_;
    learnt_ = from.learnt_;
    phase_ = Phase::ready;
    use(*from.in_use_);
    from.drop_session(now);
    from.phase_ = Phase::idle;
    from.settle(now);
    return true;
}

// A console needs the very session that it was activated in.
bool Bmc::keeps_session() const noexcept { return console_ && console_->machine().needs_session(); }

// A BMC has few slots, and they are for others too: at most so many of its other guests keep a session.  One with a
// console is left alone, unless no other slot is left and more than a console is at stake.
void Bmc::make_room(std::size_t most, Time now) {
    const bool for_console = running_ && std::holds_alternative<BareCommand>(running_->operation->wish());
    for (;;) {
        Bmc* longest_idle = nullptr;
        std::size_t sessions = 0;
        for (Bmc* const guest : peer_->guests()) {
            if (guest == this || guest->phase_ != Phase::ready) continue;
            ++sessions;
            if (guest->wanted() || (guest->keeps_session() && (most > 0 || for_console))) continue;
            if (longest_idle == nullptr || guest->heard_at_ < longest_idle->heard_at_) longest_idle = guest;
        }
        if (sessions <= most || longest_idle == nullptr) return;
        longest_idle->part(now);
        longest_idle->settle(now);
    }
}

// Gives the session back.  Nobody waits for this: Close Session is repeated in the background.
void Bmc::part(Time now) {
    if (!session_) return;
    Bytes& out = surroundings_.buffer();
    if (console_ && console_->machine().active() && session_->established()) {
        // Some BMCs keep a console for a session that is closed.
        session_->abandon();
        session_->send(deactivate_sol(), now, out);
        transmit(peer_->endpoint());
    }
    session_->close(now, out);
    transmit(peer_->endpoint());
    if (!session_->is_over()) {
        drop_leaving();
        leaving_ = std::make_unique<Leaving>(Leaving{std::move(session_), peer_->endpoint()});
    }
    drop_session(now);
    phase_ = Phase::idle;
}

void Bmc::drop_session(Time now) {
    prove_by_.reset();
    idle_until_.reset();
    if (session_) surroundings_.unroute(session_->console_id());
    session_.reset();
    level_ = Privilege::user;
    if (console_) console_->machine().session_gone(now);
}

void Bmc::drop_leaving() {
    if (!leaving_) return;
    surroundings_.unroute(leaving_->session->console_id());
    leaving_.reset();
}

void Bmc::transmit(const Endpoint& to) {
    const Bytes& out = surroundings_.buffer();
    if (!out.empty()) surroundings_.send(to, out, *this);
}

}  // namespace haas::ipmi

// From a name to an established session: look it up, wait for a turn, and follow session/login.hpp's policy.
#include <cstring>

#include "plugins/ipmi/engine/bmc.hpp"

namespace haas::ipmi {
namespace {

Outcome failed(ErrorClass error, std::string sentence) {
    Outcome outcome;
    outcome.kind = Outcome::Kind::failed;
    outcome.error = error;
    outcome.sentence = std::move(sentence);
    return outcome;
}

std::string joined(const std::vector<std::string>& words) {
    std::string all;
    for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
    return all;
}

// What the policy starts from where nothing was learnt, but a suite was asked for.
HandshakeSettings beginning_with(CipherSuite suite, const LoginPolicy& policy) {
    return {suite, policy.privilege, policy.privilege, policy.name_only_lookup};
}

}  // namespace

void Bmc::log_in() {
    silent_.clear();
    if (endpoints_.empty()) {
        const auto numeric = numeric_endpoint(target_.host);
        if (!numeric) {
            phase_ = Phase::resolving;
            surroundings_.resolve(*this);
            return;
        }
        endpoints_.assign(1, *numeric);
        endpoint_ = 0;
    }
    line_up();
}

void Bmc::resolved(const Resolution& resolution, Time now) {
    if (phase_ != Phase::resolving) return;
    phase_ = Phase::idle;
    if (!resolution.endpoints.empty()) {
        endpoints_ = resolution.endpoints;
        endpoint_ = 0;
        line_up();
    } else {
        fail_all(failed(ErrorClass::unreachable, "the name does not resolve (" + resolution.error + ")"));
    }
    settle(now);
}

void Bmc::line_up() {
    phase_ = Phase::lining_up;
    surroundings_.await_handshake(*this);
}

void Bmc::handshake_granted(Time now) {
    if (wanted()) {
        login_.emplace(target_.policy, !learnt_ && target_.first_suite
                                           ? beginning_with(*target_.first_suite, target_.policy)
                                           : learnt_);
        start_handshake(now);
    } else {
        phase_ = Phase::idle;
        surroundings_.handshake_over(*this);
    }
    settle(now);
}

void Bmc::start_handshake(Time now) {
    phase_ = Phase::handshaking;
    peer_ = endpoints_[endpoint_];
    do {
        session_.emplace(login_->settings(), target_.credentials, patience_.timing, surroundings_.random(), now, out_);
    } while (!surroundings_.route(session_->console_id(), peer_, *this));
    const int error = transmit();
    if (error == 0) return;
    drop_session();
    silent_.push_back(peer_.text());
    give_up({ErrorClass::unreachable, false,
             "there is no way to " + peer_.text() + " from here (" + std::strerror(error) + ")"},
            now);
}

void Bmc::on_established(Time now) {
    phase_ = Phase::ready;
    login_.reset();
    login_back_offs_ = 0;
    learnt_ = session_->settings();
    heard_at_ = now;
    surroundings_.handshake_over(*this);
    facts_ = Facts{learnt_->suite, learnt_->privilege, peer_.text()};
    surroundings_.learnt(*this, *facts_);
}

void Bmc::on_handshake_failed(const HandshakeFailure& failure, Time now) {
    drop_session();
    if (!wanted()) {
        phase_ = Phase::idle;
        login_.reset();
        surroundings_.handshake_over(*this);
        return;
    }
    const auto next = login_->failed(failure);
    if (const auto* verdict = std::get_if<GiveUp>(&next)) {
        if (failure.stage == HandshakeFailure::Stage::open_session &&
            failure.reason == HandshakeFailure::Reason::silence) {
            silent_.push_back(peer_.text());
            give_up({verdict->error, verdict->final,
                     "no answer from " + joined(silent_) +
                         " to Open Session: is the address right, the port open, IPMI over LAN enabled?"},
                    now);
        } else {
            give_up(*verdict, now);
        }
        return;
    }
    start_handshake(now);
}

void Bmc::give_up(const GiveUp& verdict, Time now) {
    login_.reset();
    const bool unreachable = verdict.error == ErrorClass::unreachable;
    if (unreachable && try_next_address(now)) return;
    phase_ = Phase::idle;
    surroundings_.handshake_over(*this);
    // The name may lead elsewhere by now.
    if (unreachable) endpoints_.clear();
    // The BMC may not be the one it was: start from the beginning next time.
    if (!unreachable && verdict.error != ErrorClass::busy) learnt_.reset();
    const Outcome outcome = failed(verdict.error, verdict.sentence);
    if (verdict.error == ErrorClass::busy) {
        wait_for_a_slot(outcome, now);
    } else {
        login_back_offs_ = 0;
        fail_all(outcome);
    }
}

bool Bmc::try_next_address(Time now) {
    if (silent_.empty() || silent_.size() >= endpoints_.size()) return false;
    endpoint_ = (endpoint_ + 1) % endpoints_.size();
    login_.emplace(target_.policy, learnt_);
    start_handshake(now);
    return true;
}

// A client that died without closing its session leaves its slot occupied for a minute.
void Bmc::wait_for_a_slot(const Outcome& outcome, Time now) {
    const Time resume = now + back_off(login_back_offs_++);
    bool worth_waiting = running_ && running_->operation->deadline() > resume;
    for (const auto& one : queue_) worth_waiting = worth_waiting || one->deadline() > resume;
    if (!worth_waiting) {
        login_back_offs_ = 0;
        fail_all(outcome);
        return;
    }
    phase_ = Phase::backing_off;
    trouble_ = outcome;
    resume_at_ = resume;
}

}  // namespace haas::ipmi

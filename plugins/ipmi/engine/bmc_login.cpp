// From a name to an established session: look it up, wait for both turns, and follow session/login.hpp's policy.
#include <algorithm>
#include <cstring>

#include "plugins/ipmi/engine/bmc.hpp"

namespace haas::ipmi {
namespace {

// A name with more addresses than this is not that of one BMC.
constexpr std::size_t most_addresses = 8;
// Of the other accounts of a BMC, how many may keep their session when one more is made.
constexpr std::size_t most_others = 1;

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
    HandshakeSettings settings = Login(policy).settings();
    settings.suite = suite;
    return settings;
}

}  // namespace

void Bmc::log_in(Time now) {
    if (attempt_) attempt_->silent.clear();
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
    phase_ = Phase::waiting;
    seek_turn(now);
}

void Bmc::resolved(const Resolution& resolution, Time now) {
    if (phase_ != Phase::resolving) return;
    phase_ = Phase::idle;
    if (!resolution.endpoints.empty()) {
        endpoints_ = resolution.endpoints;
        if (endpoints_.size() > most_addresses) endpoints_.resize(most_addresses);
        endpoint_ = 0;
        in_use_.reset();
    } else {
        Outcome outcome = failed(ErrorClass::unreachable, "the name does not resolve (" + resolution.error + ")");
        outcome.unresolved = true;
        fail_all(outcome, now);
    }
    settle(now);
}

void Bmc::seek_turn(Time now) {
    if (!join(endpoints_[endpoint_], now) || adopt_session(now)) return;
    make_room(most_others, now);
    phase_ = Phase::lining_up;
    surroundings_.await_handshake(*this);
}

Login Bmc::fresh_login() const {
    if (learnt_) return Login(target_.policy, learnt_, !suite_guessed_);
    if (target_.first_suite) return Login(target_.policy, beginning_with(*target_.first_suite, target_.policy), false);
    return Login(target_.policy);
}

void Bmc::handshake_granted(Time now) {
    if (phase_ != Phase::lining_up) return surroundings_.handshake_over(*this);
    if (attempt_) {
        attempt_->login = fresh_login();
    } else {
        attempt_ = std::make_unique<Attempt>(Attempt{fresh_login()});
    }
    start_handshake(now);
    settle(now);
}

void Bmc::start_handshake(Time now) {
    phase_ = Phase::handshaking;
    attempt_->turn_until = now + patience_.handshake_turn;
    Timing timing = patience_.timing;
    timing.rakp_least = std::max(timing.rakp_least, rakp_least_);
    do {
        session_ = std::make_unique<Session>(attempt_->login.settings(), target_.credentials, timing,
                                             surroundings_.random(), now, surroundings_.buffer());
    } while (!surroundings_.route(session_->console_id(), *this));
    transmit(peer_->endpoint());
}

void Bmc::unsendable(const Endpoint& to, int error, Time now) {
    // Within a session this is one more way to lose a datagram.
    if (phase_ != Phase::handshaking || !(to == peer_->endpoint())) return;
    drop_session(now);
    attempt_->silent.push_back(to.text());
    give_up({ErrorClass::unreachable, false,
             "there is no way to " + to.text() + " from here (" + std::strerror(error) + ")"},
            now);
    settle(now);
}

void Bmc::on_established(Time now) {
    phase_ = Phase::ready;
    was_silent_ = false;
    rakp_least_ = std::min(std::chrono::duration_cast<Wait>(4 * session_->slowest_rakp()), 2 * patience_.timing.rakp_wait);
    // Twice the same is no guess any more.
    suite_guessed_ = attempt_->login.suite_is_a_guess() && !suite_guessed_;
    attempt_.reset();
    heard_at_ = now;
    surroundings_.handshake_over(*this);
    if (console_) console_->machine().session_made(now);
    learnt_ = session_->settings();
    use(*learnt_);
    // The next login had better try the stronger suite first.
    if (suite_guessed_) learnt_->suite = CipherSuite::suite_17;
}

// The session does; if that is news, it is told.
void Bmc::use(const HandshakeSettings& settings) {
    if (in_use_ == settings) return;
    in_use_ = settings;
    tell();
}

void Bmc::tell() {
    if (const auto news = facts()) surroundings_.learnt(*this, *news);
}

// The BMC may not be the one it was.
void Bmc::unlearn() {
    learnt_.reset();
    in_use_.reset();
}

void Bmc::learn(Maker maker) {
    if (maker_ == maker) return;
    maker_ = maker;
    if (maker == Maker::supermicro) tell();
}

void Bmc::on_handshake_failed(const HandshakeFailure& failure, Time now) {
    part(now);
    const bool silence = failure.reason == HandshakeFailure::Reason::silence;
    was_silent_ = silence && failure.stage == HandshakeFailure::Stage::open_session;
    // It may have lost a datagram, or be slower than its Open Session was: wait longer for the next.
    if (silence && !was_silent_) {
        const Timing& timing = patience_.timing;
        rakp_least_ = std::min(2 * std::max(rakp_least_, timing.rakp_least), 2 * timing.rakp_wait);
    }
    if (!wanted()) {
        surroundings_.handshake_over(*this);
        return;
    }
    const auto next = attempt_->login.failed(failure);
    const auto* verdict = std::get_if<GiveUp>(&next);
    if (verdict == nullptr) return start_handshake(now);
    if (!was_silent_ || verdict->error != ErrorClass::unreachable) return give_up(*verdict, now);
    attempt_->silent.push_back(peer_->endpoint().text());
    give_up({verdict->error, verdict->final,
             "no answer from " + joined(attempt_->silent) +
                 " to Open Session: is the address right, the port open, IPMI over LAN enabled?"},
            now);
}

void Bmc::give_up(const GiveUp& verdict, Time now) {
    const bool unreachable = verdict.error == ErrorClass::unreachable;
    // Another address may belong to another peer, whose turn comes first.
    surroundings_.handshake_over(*this);
    phase_ = Phase::idle;
    if (unreachable && try_next_address(now)) return;
    // The name may lead elsewhere by now.
    if (unreachable) endpoints_.clear();
    // Start from the beginning next time.
    if (!unreachable && verdict.error != ErrorClass::busy) unlearn();
    if (verdict.error != ErrorClass::busy) maker_ = Maker::unknown;
    Outcome outcome = failed(verdict.error, verdict.sentence);
    outcome.final = verdict.final;
    if (verdict.error == ErrorClass::busy) {
        wait_for_a_slot(outcome, now);
    } else {
        attempt_.reset();
        if (unreachable && was_silent_) tell_guests(outcome, now);
        fail_all(outcome, now);
    }
}

// Nobody is at that address, whoever asks: other accounts that wait for their turn there need not find it out one after
// the other.  Unless they would ask differently: a BMC may be silent to a suite alone.
void Bmc::tell_guests(const Outcome& outcome, Time now) {
    const std::vector<Bmc*> guests(peer_->guests().begin(), peer_->guests().end());
    for (Bmc* const guest : guests) {
        const Target& other = guest->target_;
        const bool asks_the_same = other.policy == target_.policy && other.first_suite == target_.first_suite;
        if (guest->phase_ != Phase::waiting || guest->endpoints_.size() != 1 || !asks_the_same) continue;
        guest->endpoints_.clear();
        guest->fail_all(outcome, now);
        guest->settle(now);
    }
}

bool Bmc::try_next_address(Time now) {
    if (attempt_->silent.empty() || attempt_->silent.size() >= endpoints_.size()) return false;
    endpoint_ = static_cast<std::uint8_t>((endpoint_ + 1U) % endpoints_.size());
    in_use_.reset();
    phase_ = Phase::waiting;
    seek_turn(now);
    return true;
}

// A client that died without closing its session leaves its slot occupied for a minute; and our other accounts may have
// taken the last ones.
void Bmc::wait_for_a_slot(const Outcome& outcome, Time now) {
    make_room(0, now);
    const Time resume = now + back_off(attempt_->back_offs++);
    bool worth_waiting = running_ && running_->operation->deadline() > resume;
    for (const auto& one : queue_) worth_waiting = worth_waiting || one->deadline() > resume;
    if (!worth_waiting) {
        attempt_.reset();
        unlearn();
        fail_all(outcome, now);
        return;
    }
    end_turn(now);
    phase_ = Phase::backing_off;
    attempt_->trouble = outcome;
    resume_at_ = resume;
}

}  // namespace haas::ipmi

// The queue of a BMC, its deadlines, and the life of its session.
#include "plugins/ipmi/engine/bmc.hpp"

#include <algorithm>
#include <utility>

namespace haas::ipmi {
namespace {

template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

Outcome failed(ErrorClass error, std::string sentence) {
    Outcome outcome;
    outcome.kind = Outcome::Kind::failed;
    outcome.error = error;
    outcome.sentence = std::move(sentence);
    return outcome;
}

Outcome late(std::string sentence) {
    Outcome outcome;
    outcome.kind = Outcome::Kind::timed_out;
    outcome.sentence = std::move(sentence);
    return outcome;
}

// The machine prints something then, if it has a console.
bool boots(ChassisControl control) noexcept {
    return control == ChassisControl::power_up || control == ChassisControl::power_cycle ||
           control == ChassisControl::hard_reset;
}

Outcome cancelled(bool perhaps_done) {
    Outcome outcome;
    outcome.kind = Outcome::Kind::cancelled;
    outcome.perhaps_done = perhaps_done;
    outcome.sentence = perhaps_done ? "given up while the BMC's answer was awaited" : "given up before it was sent";
    return outcome;
}

}  // namespace

Bmc::Bmc(Surroundings& surroundings, Target target, const Patience& patience)
    : surroundings_(surroundings), patience_(patience), target_(std::move(target)) {}

std::optional<Facts> Bmc::facts() const {
    if (!in_use_ || endpoints_.empty()) return std::nullopt;
    Quirks quirks = target_.policy.quirks;
    if (in_use_->open_session_privilege == Privilege::highest) quirks.add(Quirk::highest_privilege);
    if (maker_ == Maker::supermicro && !quirks.has(Quirk::spec_uefi_disk)) quirks.add(Quirk::supermicro_uefi_disk);
    return Facts{in_use_->suite, in_use_->privilege, quirks, endpoints_[endpoint_].text()};
}

void Bmc::submit(std::unique_ptr<Operation> operation, Time now) {
    if (Console::takes(operation->wish())) {
        submit_console(std::move(operation), now);
    } else if (operation->deadline() > now) {
        queue_.push_back(std::move(operation));
        if (is_slow_ && phase_ == Phase::ready && !running_ && !std::exchange(gives_way_, true)) {
            surroundings_.give_way(*this);
        }
    } else {
        complete(std::move(operation), late("the deadline had passed before it was begun"));
    }
    settle(now);
}

void Bmc::cancel(std::uint64_t operation, Time now) {
    cancel_where([operation](const Operation& one) { return one.id() == operation; }, now);
    if (console_) console_->cancel(operation);
    settle(now);
}

void Bmc::cancel_all_of(std::uint64_t node, Time now) {
    cancel_where([node](const Operation& one) { return one.node() == node; }, now);
    if (console_ && console_->node() == node) console_->end();
    settle(now);
}

template <class Predicate>
void Bmc::cancel_where(Predicate chosen, Time now) {
    if (running_ && chosen(*running_->operation)) finish(cancelled(in_doubt()), now);
    for (auto one = queue_.begin(); one != queue_.end();) {
        if (chosen(**one)) {
            auto dropped = std::move(*one);
            one = queue_.erase(one);
            complete(std::move(dropped), cancelled(false));
        } else {
            ++one;
        }
    }
}

void Bmc::drop_unsent_command(Time now) {
    const auto is_command = [](const Operation& one) { return std::holds_alternative<BareCommand>(one.wish()); };
    const bool sent = running_ && is_command(*running_->operation) && running_->doing == Doing::request;
    if (!sent) cancel_where(is_command, now);
}

void Bmc::close(Time now) {
    cancel_where([](const Operation&) { return true; }, now);
    if (console_) console_->end();
    part(now);
    surroundings_.handshake_over(*this);
    attempt_.reset();
    resume_at_.reset();
    phase_ = Phase::idle;
    settle(now);
}

void Bmc::receive(const Endpoint& from, std::span<std::uint8_t> datagram, Time now) {
    Bytes& out = surroundings_.buffer();
    if (leaving_ && console_session_id(datagram) == leaving_->session->console_id()) {
        if (!(from == leaving_->peer)) return;
        static_cast<void>(leaving_->session->receive(datagram, now, out));
        transmit(leaving_->peer);
        if (leaving_->session->is_over()) drop_leaving();
    } else {
        if (!session_ || !(from == peer_->endpoint())) return;
        const Event event = session_->receive(datagram, now, out);
        const bool went_on = phase_ == Phase::handshaking && attempt_->turn_until && !out.empty();
        if (went_on) attempt_->turn_until = now + patience_.handshake_turn;
        transmit(peer_->endpoint());
        on_event(event, now);
    }
    settle(now);
}

void Bmc::wake(Time now) {
    Bytes& out = surroundings_.buffer();
    if (leaving_) {
        static_cast<void>(leaving_->session->expire(now, out));
        transmit(leaving_->peer);
        if (leaving_->session->is_over()) drop_leaving();
    }
    if (session_) {
        if (phase_ == Phase::handshaking && attempt_->turn_until && now >= *attempt_->turn_until) {
            attempt_->turn_until.reset();
            surroundings_.handshake_over(*this);
        }
        const Event event = session_->expire(now, out);
        transmit(peer_->endpoint());
        on_event(event, now);
    }
    if (prove_by_ && now >= *prove_by_) {
        prove_by_.reset();
        session_->abandon();
        rebuild(now);
    }
    if (resume_at_ && now >= *resume_at_) {
        resume_at_.reset();
        if (phase_ == Phase::backing_off) phase_ = Phase::idle;
    }
    if (idle_until_ && now >= *idle_until_) part(now);
    if (console_) {
        console_->machine().expire(now);
        doubt_verb(now);
    }
    settle(now);
}

// What every call from outside ends with.
void Bmc::settle(Time now) {
    drop_overdue(now);
    advance(now);
    while (console_ && serve_console(now)) advance(now);
    surroundings_.set_alarm(*this, next_moment(now));
}

void Bmc::on_event(const Event& event, Time now) {
    std::visit(Overloaded{[](const Nothing&) {},
                          [&](const Established&) { on_established(now); },
                          [&](const HandshakeFailed& failed) { on_handshake_failed(failed.failure, now); },
                          [&](const Answer& answer) { on_answer(answer, now); },
                          [&](const NoAnswer&) { on_no_answer(now); },
                          // Only what is leaving is closed.
                          [](const Closed&) {},
                          [&](const SolReceived& received) {
                              heard_at_ = now;
                              prove_by_.reset();
                              if (console_) console_->machine().receive(received.payload, now);
                          },
                          [&](const SolActivating&) {
                              if (console_) console_->machine().activated_elsewhere(now);
                          }},
               event);
}

void Bmc::go_ahead(Time now) {
    gives_way_ = false;
    settle(now);
}

void Bmc::advance(Time now) {
    if (!running_ && !queue_.empty()) {
        if (gives_way_) return idle_until_.reset();
        auto next = std::move(queue_.front());
        queue_.erase(queue_.begin());
        Procedure procedure(next->wish(), target_.policy.quirks, maker_);
        running_.emplace(Running{std::move(next), std::move(procedure)});
    }
    if (running_ && out_of_session()) {
        finish(failed(ErrorClass::unreachable, "the session with the BMC has ended"), now);
        return advance(now);
    }
    if (!running_) return rest(now);
    idle_until_.reset();
    if (phase_ == Phase::idle) log_in(now);
    if (phase_ == Phase::waiting) seek_turn(now);
    if (phase_ == Phase::ready && peer_->take_turn(*this) && session_->ready() && !resume_at_) send_next(now);
}

// Nothing is asked for.
void Bmc::rest(Time now) {
    switch (phase_) {
        case Phase::resolving:
        // A login that has begun is brought to its end: it costs less than one that is broken off.
        case Phase::handshaking: return;
        case Phase::ready:
            end_turn(now);
            if (keeps_session()) return idle_until_.reset();
            if (!idle_until_) idle_until_ = now + patience_.idle_close;
            return;
        case Phase::lining_up:
        case Phase::waiting:
        case Phase::backing_off:
        case Phase::idle: break;
    }
    surroundings_.handshake_over(*this);
    attempt_.reset();
    resume_at_.reset();
    phase_ = Phase::idle;
    leave_peer(now);
}

// The request of the running operation may have been carried out, whatever becomes of the operation now.
bool Bmc::in_doubt() const noexcept {
    const bool changes_something = std::holds_alternative<ControlPower>(running_->operation->wish()) ||
                                   std::holds_alternative<SetBoot>(running_->operation->wish());
    return running_->verb.unanswered || (changes_something && running_->doing == Doing::request);
}

void Bmc::drop_overdue(Time now) {
    for (auto one = queue_.begin(); one != queue_.end();) {
        if ((*one)->deadline() > now) {
            ++one;
            continue;
        }
        auto dropped = std::move(*one);
        one = queue_.erase(one);
        // In a session, what it waited for was its turn.
        const char* const others = gives_way_ ? "BMCs that answer sooner" : "other operations on this BMC";
        complete(std::move(dropped), phase_ == Phase::ready
                                         ? failed(ErrorClass::busy, std::string(others) + " took the time")
                                         : overdue());
    }
    if (console_) console_->drop_overdue(now);
    if (!running_ || running_->operation->deadline() > now) return;
    Outcome outcome = overdue();
    outcome.perhaps_done = in_doubt();
    // Perhaps it is not busy: its suite may be another one since.
    if (phase_ == Phase::backing_off) unlearn();
    finish(std::move(outcome), now);
}

// Why there is no result yet.
Outcome Bmc::overdue() const {
    switch (phase_) {
        case Phase::resolving:
            return failed(ErrorClass::unreachable, "the name was not resolved in time: no name server answers");
        case Phase::waiting: return failed(ErrorClass::busy, "other nodes that are the same BMC took the time");
        case Phase::lining_up: return failed(ErrorClass::busy, "too many other BMCs are being logged in to");
        case Phase::handshaking:
            return failed(ErrorClass::unreachable, "no session with " + peer_->endpoint().text() + " in time");
        case Phase::backing_off: return attempt_->trouble;
        case Phase::ready:
            if (peer_->holder() != this) {
                return failed(ErrorClass::busy, "other nodes that are the same BMC took the time");
            }
            break;
        case Phase::idle: break;
    }
    return late("the BMC did not answer the request in time");
}

void Bmc::finish(Outcome outcome, Time now) {
    auto operation = std::move(running_->operation);
    const auto* control = std::get_if<ControlPower>(&operation->wish());
    if (console_ && control != nullptr && outcome.kind == Outcome::Kind::done) {
        console_->machine().power_changed(boots(control->control), now);
    }
    // What was read while a verb was on its way may be from before it, and is not the state before the next one.
    if (control != nullptr && peer_ != nullptr) peer_->power.reset();
    const auto* power = std::get_if<QueryPower>(&operation->wish());
    if (power != nullptr && power->tell_facts && facts()) outcome.facts = std::make_shared<Facts>(*facts());
    if (phase_ == Phase::ready) {
        session_->abandon();
        end_turn(now);
    }
    running_.reset();
    prove_by_.reset();
    if (phase_ != Phase::backing_off) resume_at_.reset();
    complete(std::move(operation), std::move(outcome));
}

void Bmc::complete(std::unique_ptr<Operation> operation, Outcome outcome) const {
    // The console names the BMC in what it makes of its commands.
    const bool inner = std::holds_alternative<BareCommand>(operation->wish());
    if (!inner && !outcome.sentence.empty()) outcome.sentence = target_.host.written + ": " + outcome.sentence;
    operation->complete(outcome);
}

// One attempt has answered for all who wait: a BMC that refuses a password is not asked once for each of them.
void Bmc::fail_all(const Outcome& outcome, Time now) {
    if (running_) finish(outcome, now);
    std::vector<std::unique_ptr<Operation>> waiting;
    waiting.swap(queue_);
    for (auto& one : waiting) complete(std::move(one), outcome);
}

std::optional<Time> Bmc::next_moment(Time now) const {
    std::optional<Time> next;
    const auto consider = [&next](const std::optional<Time>& moment) {
        if (moment && (!next || *moment < *next)) next = moment;
    };
    if (session_) consider(session_->deadline());
    if (phase_ == Phase::handshaking) consider(attempt_->turn_until);
    if (leaving_) consider(leaving_->session->deadline());
    if (running_) consider(running_->operation->deadline());
    for (const auto& one : queue_) consider(one->deadline());
    consider(resume_at_);
    consider(prove_by_);
    consider(idle_until_);
    if (console_) consider(console_moment(now));
    return next;
}

// 1, 2, 4 ... times the first, up to the most; and up to a quarter on top, at random.
Duration Bmc::back_off(unsigned round) {
    const Duration wait =
        std::min<Duration>(patience_.first_back_off * (1U << std::min(round, 10U)), patience_.most_back_off);
    std::uint8_t jitter = 0;
    surroundings_.random().fill({&jitter, 1});
    return wait + wait / 1024 * jitter;
}

}  // namespace haas::ipmi

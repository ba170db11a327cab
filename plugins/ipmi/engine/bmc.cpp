// The queue of a BMC, its deadlines, and the life of its session.
#include "plugins/ipmi/engine/bmc.hpp"

#include <algorithm>

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

Outcome cancelled(bool perhaps_done) {
    Outcome outcome;
    outcome.kind = Outcome::Kind::cancelled;
    outcome.perhaps_done = perhaps_done;
    outcome.sentence = perhaps_done ? "given up while the BMC's answer was awaited" : "given up before it was sent";
    return outcome;
}

}  // namespace

Bmc::Bmc(Surroundings& surroundings, Target target, const Patience& patience)
    : surroundings_(surroundings), target_(std::move(target)), patience_(patience) {}

void Bmc::submit(std::unique_ptr<Operation> operation, Time now) {
    if (operation->deadline() > now) {
        queue_.push_back(std::move(operation));
    } else {
        complete(std::move(operation), late("the deadline had passed before it was begun"));
    }
    settle(now);
}

void Bmc::cancel(std::uint64_t operation, Time now) {
    cancel_where([operation](const Operation& one) { return one.id() == operation; });
    settle(now);
}

void Bmc::cancel_all_of(std::uint64_t node, Time now) {
    cancel_where([node](const Operation& one) { return one.node() == node; });
    settle(now);
}

template <class Predicate>
void Bmc::cancel_where(Predicate chosen) {
    if (running_ && chosen(*running_->operation)) {
        const bool doubt = in_doubt();
        if (session_) session_->abandon();
        finish(cancelled(doubt));
    }
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

void Bmc::close(Time now) {
    cancel_where([](const Operation&) { return true; });
    switch (phase_) {
        case Phase::lining_up:
        case Phase::handshaking:
            drop_session();
            surroundings_.handshake_over(*this);
            phase_ = Phase::idle;
            break;
        case Phase::resolving:
        case Phase::backing_off:
            resume_at_.reset();
            phase_ = Phase::idle;
            break;
        case Phase::ready: begin_close(now); break;
        case Phase::idle:
        case Phase::closing: break;
    }
    settle(now);
}

void Bmc::receive(const Endpoint& from, std::span<std::uint8_t> datagram, Time now) {
    if (!session_ || !(from == peer_)) return;
    const Event event = session_->receive(datagram, now, out_);
    static_cast<void>(transmit());
    on_event(event, now);
    settle(now);
}

void Bmc::wake(Time now) {
    if (session_) {
        const std::optional<Time> due = session_->deadline();
        // A BMC that is silent floods nobody: others need not wait until it is given up.
        if (phase_ == Phase::handshaking && due && now >= *due) surroundings_.handshake_over(*this);
        const Event event = session_->expire(now, out_);
        static_cast<void>(transmit());
        on_event(event, now);
    }
    if (prove_by_ && now >= *prove_by_) {
        prove_by_.reset();
        session_->abandon();
        on_no_answer(now);
    }
    if (resume_at_ && now >= *resume_at_) {
        resume_at_.reset();
        if (phase_ == Phase::backing_off) phase_ = Phase::idle;
    }
    if (idle_until_ && now >= *idle_until_) begin_close(now);
    settle(now);
}

// What every call from outside ends with.
void Bmc::settle(Time now) {
    drop_overdue(now);
    advance(now);
    surroundings_.set_alarm(*this, next_moment());
}

void Bmc::on_event(const Event& event, Time now) {
    std::visit(Overloaded{[](const Nothing&) {},
                          [&](const Established&) { on_established(now); },
                          [&](const HandshakeFailed& failed) { on_handshake_failed(failed.failure, now); },
                          [&](const Answer& answer) { on_answer(answer, now); },
                          [&](const NoAnswer&) { on_no_answer(now); },
                          [&](const Closed&) {
                              drop_session();
                              phase_ = Phase::idle;
                          }},
               event);
}

void Bmc::advance(Time now) {
    if (!running_ && !queue_.empty()) {
        auto next = std::move(queue_.front());
        queue_.pop_front();
        Procedure procedure(next->wish());
        running_.emplace(Running{std::move(next), std::move(procedure)});
    }
    if (!running_) {
        if (phase_ == Phase::ready && !idle_until_) idle_until_ = now + patience_.idle_close;
        return;
    }
    idle_until_.reset();
    if (phase_ == Phase::idle) {
        log_in();
    } else if (phase_ == Phase::ready && session_->ready() && !resume_at_) {
        send_next(now);
    }
}

// The request of the running operation may have been carried out, whatever becomes of the operation now.
bool Bmc::in_doubt() const noexcept {
    const bool changes_something = std::holds_alternative<ControlPower>(running_->operation->wish()) ||
                                   std::holds_alternative<SetBoot>(running_->operation->wish());
    return running_->unanswered || (changes_something && running_->doing == Doing::request);
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
        const bool lost_its_turn = phase_ == Phase::ready;
        complete(std::move(dropped),
                 lost_its_turn ? failed(ErrorClass::busy, "other operations on this BMC took the time") : overdue());
    }
    if (!running_ || running_->operation->deadline() > now) return;
    Outcome outcome = overdue();
    outcome.perhaps_done = in_doubt();
    if (session_) session_->abandon();
    finish(std::move(outcome));
}

// Why there is no result yet.
Outcome Bmc::overdue() const {
    switch (phase_) {
        case Phase::resolving:
            return failed(ErrorClass::unreachable, "the name was not resolved in time: no name server answers");
        case Phase::lining_up: return failed(ErrorClass::busy, "too many other BMCs are being logged in to");
        case Phase::handshaking:
            return failed(ErrorClass::unreachable, "no session with " + peer_.text() + " in time");
        case Phase::backing_off: return trouble_;
        case Phase::closing: return failed(ErrorClass::busy, "the last session is still being closed");
        case Phase::idle:
        case Phase::ready: break;
    }
    return late("the BMC did not answer the request in time");
}

void Bmc::finish(Outcome outcome) {
    auto operation = std::move(running_->operation);
    running_.reset();
    prove_by_.reset();
    if (phase_ != Phase::backing_off) resume_at_.reset();
    complete(std::move(operation), std::move(outcome));
}

void Bmc::complete(std::unique_ptr<Operation> operation, Outcome outcome) const {
    if (!outcome.sentence.empty()) outcome.sentence = target_.host.written + ": " + outcome.sentence;
    operation->complete(outcome);
}

// One attempt has answered for all who wait: a BMC that refuses a password is not asked once for each of them.
void Bmc::fail_all(const Outcome& outcome) {
    if (running_) finish(outcome);
    std::deque<std::unique_ptr<Operation>> waiting;
    waiting.swap(queue_);
    for (auto& one : waiting) complete(std::move(one), outcome);
}

void Bmc::begin_close(Time now) {
    idle_until_.reset();
    phase_ = Phase::closing;
    session_->close(now, out_);
    static_cast<void>(transmit());
}

void Bmc::drop_session() {
    prove_by_.reset();
    idle_until_.reset();
    if (!session_) return;
    surroundings_.unroute(session_->console_id(), peer_);
    session_.reset();
    level_ = Privilege::user;
    last_sequence_ = 0;
}

std::optional<Time> Bmc::next_moment() const {
    std::optional<Time> next;
    const auto consider = [&next](const std::optional<Time>& moment) {
        if (moment && (!next || *moment < *next)) next = moment;
    };
    if (session_) consider(session_->deadline());
    if (running_) consider(running_->operation->deadline());
    for (const auto& one : queue_) consider(one->deadline());
    consider(resume_at_);
    consider(prove_by_);
    consider(idle_until_);
    return next;
}

// 1, 2, 4 ... times the first, up to the most; and up to a quarter on top, at random.
Duration Bmc::back_off(unsigned round) {
    const Duration wait = std::min(patience_.first_back_off * (1 << std::min(round, 10U)), patience_.most_back_off);
    std::uint8_t jitter = 0;
    surroundings_.random().fill({&jitter, 1});
    return wait + wait / 1024 * jitter;
}

int Bmc::transmit() { return out_.empty() ? 0 : surroundings_.send(peer_, out_); }

}  // namespace haas::ipmi

// The serial console over the BMC's one session: its commands wait in the queue like anybody's, its packets go out beside
// them, and a verb whose answer is awaited has the right of way.
#include <algorithm>

#include "plugins/ipmi/engine/bmc.hpp"

namespace haas::ipmi {
namespace {

// With the verb itself, its evidence and a repeat this stays within the numbers that a BMC looks back (bmc_verb.cpp).
constexpr std::uint32_t most_beside_a_verb = 3;

Outcome busy(std::string sentence) {
    Outcome outcome;
    outcome.kind = Outcome::Kind::failed;
    outcome.error = ErrorClass::busy;
    outcome.sentence = std::move(sentence);
    return outcome;
}

}  // namespace

// A command of the console's in the queue of its BMC.
class Bmc::ConsoleCommand final : public Operation {
public:
    ConsoleCommand(Bmc& bmc, BareCommand command, Time deadline)
        : Operation(0, 0, std::move(command), deadline), bmc_(bmc) {}
    void complete(const Outcome& outcome) noexcept override { bmc_.on_console_answer(outcome); }

private:
    Bmc& bmc_;
};

void Bmc::submit_console(std::unique_ptr<Operation> operation, Time now) {
    const bool opens = std::holds_alternative<OpenConsole>(operation->wish());
    const bool ours = console_ && console_->node() == operation->node();
    if (opens && console_) {
        complete(std::move(operation), busy(ours ? "the console is still being given back"
                                                 : "another node that is the same BMC has the console"));
    } else if (opens) {
        console_ = std::make_unique<Console>(
            operation->node(), patience_.console, surroundings_.random(), target_.policy.quirks,
            [this](std::unique_ptr<Operation> one, Outcome outcome) { complete(std::move(one), std::move(outcome)); });
        console_->submit(std::move(operation), now);
    } else if (ours) {
        console_->submit(std::move(operation), now);
    } else {
        Outcome outcome = Console::without_console(operation->wish());
        complete(std::move(operation), std::move(outcome));
    }
}

// In the middle of what the queue does the console is not to begin anything: serve_console() tells it.
void Bmc::on_console_answer(const Outcome& outcome) {
    if (!console_) return;
    SolSession session;
    if (session_) session = {session_->console_id(), session_->bmc_id()};
    console_->answer = Console::Answered{outcome, session};
}

// True: there is something new in the queue, or nothing left to serve.
bool Bmc::serve_console(Time now) {
    SolConsole& machine = console_->machine();
    // Nobody wants any more what it is about to ask for.
    if (machine.leaving() && !machine.active()) drop_unsent_command(now);
    if (const auto answer = std::exchange(console_->answer, std::nullopt)) {
        const Outcome& outcome = answer->outcome;
        switch (outcome.kind) {
            case Outcome::Kind::done: machine.answered(outcome.completion_code, outcome.data, answer->session, now); break;
            case Outcome::Kind::failed: machine.failed(outcome.error, outcome.sentence, outcome.final, now); break;
            default: machine.failed(ErrorClass::unreachable, outcome.sentence, false, now); break;
        }
    }
    send_console(now);
    if (auto ask = machine.next_request(now)) {
        BareCommand command{std::move(ask->request), std::nullopt};
        if (ask->same_session) command.session = session_ ? session_->console_id() : 0;
        queue_.push_back(std::make_unique<ConsoleCommand>(*this, std::move(command), now + patience_.console_command));
        return true;
    }
    if (!console_->over()) return false;
    console_.reset();
    return true;
}

void Bmc::send_console(Time now) {
    if (phase_ != Phase::ready) return;
    thread_local Bytes payload;  // keeps its memory
    while (console_held_until().value_or(now) <= now && console_->machine().transmit(now, payload)) {
        session_->send_sol(payload, surroundings_.buffer());
        transmit(peer_->endpoint());
    }
}

// Until when, if a verb has the right of way.
std::optional<Time> Bmc::console_held_until() const {
    if (!running_ || running_->verb.sends == 0 || running_->verb.answered || !session_) return std::nullopt;
    const Verb& verb = running_->verb;
    if (session_->sent_sequence() - verb.number < most_beside_a_verb) return std::nullopt;
    return verb.sent_at + patience_.console_held;
}

// When a verb that was not answered is to be doubted: before too many numbers have been used.
std::optional<Time> Bmc::doubt_verb_at() const {
    if (!running_ || running_->doing != Doing::request || running_->procedure.repeatable()) return std::nullopt;
    const Verb& verb = running_->verb;
    if (verb.unanswered || !console_->machine().connected()) return std::nullopt;
    return verb.sent_at + patience_.console_doubt;
}

void Bmc::doubt_verb(Time now) {
    const auto when = doubt_verb_at();
    if (!when || now < *when) return;
    session_->park();
    running_->verb.unanswered = true;
}

std::optional<Time> Bmc::console_moment(Time now) const {
    std::optional<Time> next = console_->machine().deadline();
    // What is held back is not looked at before it may go.
    const auto held = console_held_until();
    if (held && *held > now) next = next ? std::max(*next, *held) : *held;
    for (const auto& other : {console_->first_deadline(), doubt_verb_at()}) {
        if (other && (!next || *other < *next)) next = other;
    }
    return next;
}

// The running command was meant for a session that is no more.
bool Bmc::out_of_session() const {
    const auto* bare = std::get_if<BareCommand>(&running_->operation->wish());
    if (bare == nullptr || !bare->session) return false;
    return phase_ != Phase::ready || session_->console_id() != *bare->session;
}

}  // namespace haas::ipmi

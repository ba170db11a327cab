#include "plugins/ipmi/engine/console.hpp"

#include <utility>

namespace haas::ipmi {
namespace {

Outcome ended(Outcome::Kind kind, std::string sentence) {
    Outcome outcome;
    outcome.kind = kind;
    outcome.error = ErrorClass::state;
    outcome.sentence = std::move(sentence);
    return outcome;
}

}  // namespace

bool Console::takes(const Wish& wish) noexcept {
    return std::holds_alternative<OpenConsole>(wish) || std::holds_alternative<WriteConsole>(wish) ||
           std::holds_alternative<SendBreak>(wish) || std::holds_alternative<ResumeConsole>(wish) ||
           std::holds_alternative<CloseConsole>(wish);
}

Outcome Console::without_console(const Wish& wish) {
    if (std::holds_alternative<ResumeConsole>(wish) || std::holds_alternative<CloseConsole>(wish)) return {};
    return ended(Outcome::Kind::failed, "no console is open");
}

void Console::submit(std::unique_ptr<Operation> operation, Time now) {
    if (operation->deadline() <= now && !std::holds_alternative<CloseConsole>(operation->wish())) {
        return complete_(std::move(operation), ended(Outcome::Kind::timed_out, "the deadline had passed before it was begun"));
    }
    if (const auto* open = std::get_if<OpenConsole>(&operation->wish())) {
        viewer_ = open->viewer;
        const SolConflict conflict = open->conflict;
        opening_ = std::move(operation);
        machine_.open(conflict);
    } else if (std::holds_alternative<ResumeConsole>(operation->wish())) {
        machine_.resume(now);
        complete_(std::move(operation), {});
    } else if (std::holds_alternative<CloseConsole>(operation->wish())) {
        give_up();
        if (closing_) complete_(std::move(closing_), {});
        closing_ = std::move(operation);
        machine_.close();
    } else {
        start_input(std::move(operation));
    }
}

void Console::start_input(std::unique_ptr<Operation> operation) {
    if (input_) {
        return complete_(std::move(operation), ended(Outcome::Kind::failed, "something else is being typed"));
    }
    if (!machine_.connected()) {
        return complete_(std::move(operation), ended(Outcome::Kind::failed, "the console is not connected"));
    }
    interrupted_ = Outcome::Kind::failed;
    input_ = std::move(operation);
    if (const auto* write = std::get_if<WriteConsole>(&input_->wish())) {
        machine_.write(write->data);
    } else {
        machine_.send_break();
    }
}

void Console::cancel(std::uint64_t operation) {
    if (input_ && input_->id() == operation) {
        abandon_input(Outcome::Kind::cancelled, "given up before the BMC took all of it");
    } else if (opening_ && opening_->id() == operation) {
        viewer_.reset();
        complete_(std::move(opening_), ended(Outcome::Kind::cancelled, "given up before the console was connected"));
        machine_.close();
    } else if (closing_ && closing_->id() == operation) {
        complete_(std::move(closing_), {});
    }
}

// Completes what is open but for a close.
void Console::give_up() {
    if (input_) abandon_input(Outcome::Kind::cancelled, "the console is being closed");
    viewer_.reset();
    if (opening_) complete_(std::move(opening_), ended(Outcome::Kind::cancelled, "the console is being closed"));
}

void Console::end() {
    give_up();
    if (closing_) complete_(std::move(closing_), {});
    machine_.close();
}

void Console::drop_overdue(Time now) {
    if (input_ && input_->deadline() <= now) {
        abandon_input(Outcome::Kind::timed_out, "the BMC did not take all of it in time");
    }
    if (opening_ && opening_->deadline() <= now) {
        viewer_.reset();
        Outcome outcome = ended(Outcome::Kind::timed_out, "the console was not connected in time");
        if (!machine_.trouble().empty()) {
            outcome.kind = Outcome::Kind::failed;
            outcome.error = ErrorClass::busy;
            outcome.sentence = machine_.trouble();
        }
        complete_(std::move(opening_), std::move(outcome));
        machine_.close();
    }
    // Whatever the BMC may still be told: nobody waits for it.
    if (closing_ && closing_->deadline() <= now) complete_(std::move(closing_), {});
}

std::optional<Time> Console::first_deadline() const {
    std::optional<Time> next;
    for (const auto* operation : {&opening_, &input_, &closing_}) {
        if (*operation && (!next || (*operation)->deadline() < *next)) next = (*operation)->deadline();
    }
    return next;
}

void Console::abandon_input(Outcome::Kind kind, const char* why) {
    interrupted_ = kind;
    machine_.cancel_input(why);
}

void Console::end_input(Outcome outcome) {
    if (input_) complete_(std::move(input_), std::move(outcome));
}

bool Console::data(ByteView bytes) noexcept { return !viewer_ || viewer_->data(bytes); }

void Console::gap(std::uint64_t lost) noexcept {
    if (viewer_) viewer_->gap(lost);
}

void Console::state(SolState state, std::string_view sentence) noexcept {
    if (viewer_) viewer_->state(state, sentence);
}

void Console::opened() noexcept {
    if (opening_) complete_(std::move(opening_), {});
}

void Console::open_failed(ErrorClass error, const std::string& sentence, bool final) noexcept {
    viewer_.reset();
    Outcome outcome = ended(Outcome::Kind::failed, sentence);
    outcome.error = error;
    outcome.final = final;
    if (opening_) complete_(std::move(opening_), std::move(outcome));
}

void Console::written(SolTransfer::End end, std::size_t accepted, bool perhaps_more, const char* why) noexcept {
    Outcome outcome;
    if (end != SolTransfer::End::done) {
        outcome = ended(end == SolTransfer::End::none ? interrupted_ : Outcome::Kind::failed, why);
        outcome.perhaps_done = perhaps_more;
    }
    outcome.accepted = accepted;
    end_input(std::move(outcome));
}

void Console::broken(SolTransfer::End end, const char* why) noexcept {
    Outcome outcome;
    if (end != SolTransfer::End::done) {
        outcome = ended(end == SolTransfer::End::none ? interrupted_ : Outcome::Kind::failed, why);
        outcome.perhaps_done = end != SolTransfer::End::refused;
        if (end == SolTransfer::End::silence) outcome.error = ErrorClass::unsupported;
    }
    end_input(std::move(outcome));
}

void Console::closed() noexcept {
    viewer_.reset();
    if (closing_) complete_(std::move(closing_), {});
}

}  // namespace haas::ipmi

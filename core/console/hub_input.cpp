// Typing: one writer at a time, everything in order, nothing late.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/console/hub_seat.hpp"

namespace haas::console {
namespace {

constexpr std::size_t most_at_once = 1024;

}  // namespace

Result<void> Hub::grab(const std::shared_ptr<Seat>& seat, bool by_force) {
    if (writer_ == seat) return {};
    if (writer_ && !by_force) {
        return fail(Errc::conflict, fmt::format("{} types on this console: take it over to type yourself", writer_->who));
    }
    const auto before = std::exchange(writer_, seat);
    typed_marked_ = false;
    if (before) {
        refuse_waiting(before, {Errc::conflict, fmt::format("{} has taken over this console", seat->who), Effect::none});
    }
    push(Kind::writer, before ? fmt::format("{}, taken from {}", seat->who, before->who) : seat->who);
    return {};
}

void Hub::release(const std::shared_ptr<Seat>& seat) {
    if (writer_ != seat) return;
    writer_ = nullptr;
    push(Kind::writer, "");
}

void Hub::submit(Input input) {
    if (writer_ != input.seat) {
        const std::string who = writer_ ? fmt::format("{} types on this console", writer_->who) : "nobody has the right to type";
        return answer(std::move(input), Error{Errc::conflict, who + ": take it over to type yourself", Effect::none});
    }
    if (!line_ || !state_.connected) {
        return answer(std::move(input), Error{Errc::state, "the console is not connected: " + state_.why, Effect::none});
    }
    if (waiting_input_ + input.bytes.size() > options_.most_input) {
        return answer(std::move(input), Error{Errc::busy, "too much waits to be typed already", Effect::none});
    }
    if (input.bytes.empty() && !input.is_break) return answer(std::move(input), std::nullopt);
    if (input.is_break) {
        push(Kind::sent_break, input.seat->who);
    } else if (!typed_marked_ || loop_.now() - typed_ >= options_.typed_again) {
        typed_marked_ = true;
        typed_ = loop_.now();
        push(Kind::typed, input.seat->who);
    }
    waiting_input_ += input.bytes.size();
    inputs_.push_back(std::move(input));
    pump();
}

// Never from inside the call that asked.
void Hub::answer(Input input, std::optional<Error> error) {
    loop_.post([done = std::move(input.done), accepted = input.accepted, error = std::move(error)] {
        done({accepted, error});
    });
}

void Hub::refuse_waiting(const std::shared_ptr<Seat>& seat, const Error& why) {
    std::deque<Input> stay;
    for (Input& input : std::exchange(inputs_, {})) {
        if (seat && input.seat != seat) {
            stay.push_back(std::move(input));
            continue;
        }
        waiting_input_ -= input.bytes.size();
        answer(std::move(input), why);
    }
    inputs_ = std::move(stay);
}

void Hub::pump() {
    if (sending_ || inputs_.empty() || !line_) return;
    sending_ = std::make_shared<Input>(std::move(inputs_.front()));
    inputs_.pop_front();
    waiting_input_ -= sending_->bytes.size();
    // Of a line that was given up meanwhile nothing is heard any more.
    const auto mine = [this, alive = std::weak_ptr<bool>(alive_), sending = std::weak_ptr<Input>(sending_)] {
        return !alive.expired() && sending_ && sending.lock() == sending_;
    };
    if (sending_->is_break) {
        line_->send_break([this, mine](const Result<void>& result) {
            if (mine()) sent({0, result ? std::nullopt : std::optional(result.error())});
        });
        return;
    }
    // A little at a time: nobody else's turn may wait for a long one, nor go on when its right has ended.
    const std::string_view part = std::string_view(sending_->bytes).substr(sending_->accepted, most_at_once);
    line_->write(part, [this, mine](const driver::ConsoleWritten& written) {
        if (mine()) sent(written);
    });
}

void Hub::sent(driver::ConsoleWritten written) {
    Input input = std::move(*std::exchange(sending_, nullptr));
    input.accepted += written.accepted;
    if (written.error || input.is_break || input.accepted >= input.bytes.size()) {
        answer(std::move(input), std::move(written.error));
    } else if (writer_ != input.seat) {
        answer(std::move(input), Error{Errc::conflict, "the right to type was lost in the middle of it", Effect::none});
    } else if (!state_.connected) {
        answer(std::move(input), Error{Errc::state, "the console is not connected: " + state_.why, Effect::none});
    } else {
        waiting_input_ += input.bytes.size();
        inputs_.push_front(std::move(input));
    }
    pump();
}

}  // namespace haas::console

#include "core/console/node_console.hpp"

#include <algorithm>

#include "core/base/log.hpp"
#include "core/console/driver_line.hpp"

namespace haas::console {
namespace {

// Asking again changes nothing: somebody must change the node, or haas.cfg.
bool is_hopeless(const Error& error) noexcept {
    if (error.final) return true;
    switch (error.code) {
        case Errc::unsupported:
        case Errc::not_found:
        case Errc::invalid:
        case Errc::bad_argument: return true;
        default: return false;
    }
}

Error closing() { return {Errc::cancelled, "the console is being closed", Effect::none}; }

}  // namespace

NodeConsole::NodeConsole(Rooms rooms, std::string label, Options options)
    : rooms_(std::move(rooms)), label_(std::move(label)), options_(std::move(options)), hub_(
          rooms_.loop, [this] {
              Hub::Options hub = options_.hub;
              hub.left = [this] { linger(); };
              return hub;
          }(), rooms_.clock) {}

NodeConsole::~NodeConsole() {
    alive_.reset();
    for (const Loop::Timer timer : {retry_, linger_, disk_retry_}) rooms_.loop.cancel(timer);
    for (Waiter& waiter : waiters_) {
        rooms_.loop.post([done = std::move(waiter.done)] { done(tl::unexpected(closing())); });
    }
    if (closed_) rooms_.loop.post(std::move(closed_));
}

// ---- What is wanted -------------------------------------------------------------------------------------------------

void NodeConsole::record(bool wanted, std::string who, driver::ConsoleConflict conflict) {
    recording_wanted_ = wanted;
    recording_conflict_ = conflict;
    who_ = std::move(who);
    settle_later();
}

void NodeConsole::open(driver::ConsoleConflict conflict, std::function<bool()> wanted, Opened done) {
    if (closed_) {
        return rooms_.loop.post([done = std::move(done)] { done(tl::unexpected(closing())); });
    }
    waiters_.push_back({conflict, std::move(wanted), std::move(done)});
    // The driver has it open, and somebody else has taken it: only a new attempt may take it back.
    if (conflict == driver::ConsoleConflict::steal && phase_ == Phase::open && !hub_.connected()) {
        begin_close({Errc::state, "is being taken back", Effect::none});
    }
    nudge();
}

void NodeConsole::nudge() {
    rooms_.loop.cancel(std::exchange(retry_, Loop::Timer::none));
    hopeless_ = false;
    settle_later();
}

void NodeConsole::close(Loop::Time deadline, std::function<void()> closed) {
    close_deadline_ = deadline;
    closed_ = std::move(closed);
    rooms_.loop.cancel(std::exchange(retry_, Loop::Timer::none));
    answer(tl::unexpected(closing()));
    if (phase_ == Phase::opening) {
        // Whatever comes of it is closed again, behind us.
        ++attempt_;
        phase_ = Phase::closed;
    }
    settle_later();
}

bool NodeConsole::wanted() const {
    if (closed_) return false;
    // Nobody is there to hear of what could not be opened: it is not tried again, only remembered for a while.
    const bool lingers = linger_ != Loop::Timer::none && phase_ != Phase::closed;
    return hub_.has_viewers() || lingers || !waiters_.empty() || hub_.is_recorded();
}

// Somebody who looks away for a moment must not cost a new activation.
void NodeConsole::linger() {
    rooms_.loop.cancel(linger_);
    linger_ = rooms_.loop.at(rooms_.loop.now() + options_.linger, [this] {
        linger_ = Loop::Timer::none;
        settle();
    });
}

void NodeConsole::answer(const Result<bool>& result) {
    const std::vector<Waiter> waiters = std::exchange(waiters_, {});
    if (!waiters.empty() && !closed_) linger();
    for (const Waiter& waiter : waiters) {
        rooms_.loop.post([done = waiter.done, result] { done(result); });
    }
}

// ---- From what is to what is wanted ---------------------------------------------------------------------------------

void NodeConsole::settle_later() {
    if (std::exchange(settling_, true)) return;
    rooms_.loop.post(mine([this] {
        settling_ = false;
        settle();
    }));
}

void NodeConsole::settle() {
    settle_recording();
    switch (phase_) {
        case Phase::closed:
            if (closed_) {
                hub_.stop_recording("haasd, which stops");
                return rooms_.loop.post(std::exchange(closed_, nullptr));
            }
            if (wanted()) {
                if (!hopeless_ && retry_ == Loop::Timer::none) begin_open();
            } else if (is_idle() && rooms_.idle) {
                rooms_.idle();
            }
            return;
        case Phase::open:
            if (!wanted()) return begin_close({Errc::state, closed_ ? "haasd stops" : "nobody wants it any more", Effect::none});
            if (hub_.connected()) return answer(false);
            // The driver connects it anew by itself; whoever asks now learns that it is not there.
            return answer(fail(hub_.state().owner.empty() ? Errc::state : Errc::busy,
                               "the console is not connected: " + hub_.state().why));
        case Phase::opening:
        case Phase::closing: return;
    }
}

void NodeConsole::settle_recording() {
    if (!recording_wanted_) {
        if (hub_.is_recorded()) {
            hub_.stop_recording(who_);
            linger();
        }
        return;
    }
    if (hub_.is_recorded() || recording_opening_ || disk_retry_ != Loop::Timer::none || closed_) return;
    recording_opening_ = true;
    const auto trouble = mine([this](const std::optional<Error>& error) {
        hub_.note_trouble(error);
        if (rooms_.recorder) rooms_.recorder(error);
    });
    const auto ready = mine([this](Result<std::unique_ptr<History::Recording>> recording) {
        recording_opening_ = false;
        if (recording) {
            if (std::exchange(recording_failed_, false) && rooms_.recorder) rooms_.recorder(std::nullopt);
            if (recording_wanted_) hub_.record(std::move(*recording), who_);
            return settle();
        }
        hub_.note_trouble(recording.error());
        if (!std::exchange(recording_failed_, true) && rooms_.recorder) rooms_.recorder(recording.error());
        disk_retry_ = rooms_.loop.at(rooms_.loop.now() + options_.disk_retry, [this] {
            disk_retry_ = Loop::Timer::none;
            settle();
        });
    });
    rooms_.history.record(label_, trouble, ready);
}

// ---- Opening and closing --------------------------------------------------------------------------------------------

// Somebody has it: is it to be taken from him?  Once: whoever has it again after that is asked for it, as everybody else.
bool NodeConsole::is_to_be_taken() {
    if (hub_.is_recorded() && failures_ == 0 && recording_conflict_ == driver::ConsoleConflict::steal) return true;
    return std::any_of(waiters_.begin(), waiters_.end(), [](const Waiter& one) {
        return one.conflict == driver::ConsoleConflict::steal && (!one.wanted || one.wanted());
    });
}

void NodeConsole::begin_open() {
    phase_ = Phase::opening;
    const auto conflict = std::exchange(steal_, false) && is_to_be_taken() ? driver::ConsoleConflict::steal : driver::ConsoleConflict::report;
    const std::uint64_t attempt = ++attempt_;
    const auto listen = mine([this, attempt](const std::vector<driver::ConsoleEvent>& events) {
        if (attempt == attempt_) take(events);
    });
    // A refusal may come from inside.
    const auto inside = std::make_shared<bool>(true);
    const auto done = mine([this, attempt, conflict, inside](Result<std::unique_ptr<driver::Console>> result) {
        if (attempt != attempt_) return;
        if (!*inside) return opened(conflict, std::move(result));
        rooms_.loop.post(mine([this, attempt, conflict, error = result.error()] {
            if (attempt == attempt_) failed(conflict, error);
        }));
    });
    rooms_.open(conflict, listen, done);
    *inside = false;
}

void NodeConsole::opened(driver::ConsoleConflict conflict, Result<std::unique_ptr<driver::Console>> result) {
    if (!result) return failed(conflict, result.error());
    phase_ = Phase::open;
    const bool taken = conflict == driver::ConsoleConflict::steal;
    if (taken && hub_.is_recorded() && waiters_.empty() && rooms_.taken) rooms_.taken();
    failures_ = 0;
    told_.clear();
    console_ = result->get();
    hub_.connect(std::make_unique<DriverLine>(std::move(*result), rooms_.loop, options_.write_deadline));
    answer(taken);
    settle_later();
}

void NodeConsole::failed(driver::ConsoleConflict conflict, const Error& error) {
    phase_ = Phase::closed;
    hub_.disconnect(error);
    if (error.code == Errc::busy && conflict != driver::ConsoleConflict::steal && is_to_be_taken()) {
        steal_ = true;
        return settle_later();
    }
    if (error.message != told_) log::info("console.not_opened", {{"node", label_}, {"code", name(error.code)}, {"msg", error.message}});
    told_ = error.message;
    answer(tl::unexpected(error));
    hopeless_ = is_hopeless(error);
    if (!hopeless_ && !closed_) {
        const Loop::Duration longest = std::min(options_.most_retry, options_.first_retry * (1 << std::min(failures_, 16U)));
        ++failures_;
        // From half of it to all of it, so that a thousand consoles that were lost together do not come back together.
        const auto jitter = std::uniform_real_distribution<double>(0.5, 1.0)(chance_);
        const auto wait = std::chrono::duration_cast<Loop::Duration>(longest * jitter);
        retry_ = rooms_.loop.at(rooms_.loop.now() + wait, [this] {
            retry_ = Loop::Timer::none;
            settle();
        });
    }
    settle_later();
}

void NodeConsole::take(const std::vector<driver::ConsoleEvent>& events) {
    hub_.take(events);
    const bool ended = std::any_of(events.begin(), events.end(), [](const driver::ConsoleEvent& event) {
        const auto* change = std::get_if<driver::ConsoleChange>(&event);
        return change != nullptr && change->state == driver::ConsoleState::ended;
    });
    if (!ended || phase_ != Phase::open) return;
    // The node was changed, or removed; in the first case it can be opened anew at once.
    phase_ = Phase::closed;
    console_ = nullptr;
    ++attempt_;
    settle_later();
}

void NodeConsole::begin_close(const Error& why) {
    phase_ = Phase::closing;
    const Loop::Time deadline = closed_ ? close_deadline_ : rooms_.loop.now() + std::chrono::seconds(5);
    std::exchange(console_, nullptr)->close(deadline, mine([this, why](const Result<void>& closed) {
        if (!closed) log::info("console.not_closed", {{"node", label_}, {"msg", closed.error().message}});
        ++attempt_;
        phase_ = Phase::closed;
        hub_.disconnect(why);
        settle();
    }));
}

}  // namespace haas::console

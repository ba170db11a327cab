#include "core/console/hub.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/console/hub_seat.hpp"

namespace haas::console {

Hub::Hub(Loop& loop, Options options, Clock clock)
    : loop_(loop), options_(options), clock_(std::move(clock)), ring_(options.kept) {
    state_.why = "not opened yet";
    state_.since_ms = now_ms();
}

Hub::~Hub() {
    refuse_waiting(nullptr, {Errc::cancelled, "the console is being closed", Effect::none});
    if (sending_) answer(std::move(*sending_), Error{Errc::cancelled, "the console is being closed", Effect::unknown});
    alive_.reset();
    for (const std::shared_ptr<Seat>& seat : seats_) {
        if (seat->gone) continue;
        seat->gone = "the console is closed";
        loop_.post([seat] { seat->call(); });
    }
}

std::int64_t Hub::now_ms() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(clock_().time_since_epoch()).count();
}

// ---- The driver's side ----

void Hub::connect(std::unique_ptr<Line> line) {
    line_ = std::move(line);
    state_.owner.clear();
    set_state(true, "");
    push(Kind::connected, "");
}

void Hub::take(const std::vector<driver::ConsoleEvent>& events) {
    for (const driver::ConsoleEvent& event : events) {
        if (const auto* data = std::get_if<driver::ConsoleData>(&event)) {
            push_data(data->bytes);
        } else if (const auto* gap = std::get_if<driver::ConsoleGap>(&event)) {
            ++state_.gaps;
            state_.lost += gap->lost;
            push(Kind::gap, "", gap->lost);
        } else {
            change(std::get<driver::ConsoleChange>(event));
        }
    }
}

void Hub::change(const driver::ConsoleChange& change) {
    const std::string& sentence = change.sentence;
    switch (change.state) {
        case driver::ConsoleState::connected:
            state_.owner.clear();
            set_state(true, "");
            return push(Kind::connected, sentence);
        case driver::ConsoleState::disconnected:
            set_state(false, sentence);
            return push(Kind::disconnected, sentence);
        case driver::ConsoleState::stolen:
            state_.owner = sentence;
            set_state(false, sentence);
            return push(Kind::stolen, sentence);
        case driver::ConsoleState::unavailable:
            set_state(true, sentence);
            return push(Kind::unavailable, sentence);
        case driver::ConsoleState::ended:
            return disconnect({Errc::cancelled, sentence, Effect::none});
    }
}

void Hub::disconnect(const Error& why) {
    const bool tell = line_ != nullptr || state_.why != why.message;
    // Whoever waits for the line's answer will not get one any more.
    if (const auto sending = std::exchange(sending_, nullptr)) {
        answer(std::move(*sending), Error{Errc::state, why.message, Effect::unknown});
    }
    line_.reset();
    if (why.code == Errc::busy) state_.owner = why.message;
    set_state(false, why.message);
    if (tell) push(Kind::disconnected, why.message);
}

void Hub::set_state(bool connected, const std::string& why) {
    if (state_.connected != connected) state_.since_ms = now_ms();
    state_.connected = connected;
    state_.why = why;
    if (!connected) {
        state_.last_error = why;
        // Typed late, it might go to another prompt.
        refuse_waiting(nullptr, {Errc::state, "the console is not connected: " + why, Effect::none});
    }
}

// ---- The recorder's ----

void Hub::record(std::unique_ptr<History::Recording> recording, std::string_view who) {
    recording_ = std::move(recording);
    trouble_.clear();
    fit_ring();
    push(Kind::capture_on, who);
    // Of one that nobody has tried to connect there is nothing to say yet.
    if (state_.connected || state_.last_error.empty()) return;
    recording_->mark(Kind::disconnected, state_.why);
}

void Hub::stop_recording(std::string_view who) {
    if (!recording_) return;
    push(Kind::capture_off, who);
    recording_.reset();
    trouble_.clear();
    fit_ring();
}

void Hub::note_trouble(const std::optional<Error>& trouble) {
    trouble_ = trouble ? trouble->message : "";
    fit_ring();
    if (trouble) state_.last_error = trouble->message;
}

void Hub::note(Kind kind, std::string_view sentence) { push(kind, sentence); }

void Hub::push(Kind kind, std::string_view text, std::uint64_t lost) {
    std::optional<std::uint64_t> offset;
    if (recording_ && recording_->mark(kind, text, lost)) offset = recording_->end();
    ring_.push({kind, now_ms(), std::string(text), lost, offset});
    tell_later();
}

void Hub::push_data(std::string_view bytes) {
    // In parts: what is pushed out of the ring goes by the piece.
    while (!bytes.empty()) {
        const std::string_view part = bytes.substr(0, Ring::longest_data);
        const auto offset = recording_ ? recording_->data(part) : std::nullopt;
        ring_.push({Kind::data, now_ms(), std::string(part), 0, offset});
        bytes.remove_prefix(part.size());
    }
    tell_later();
}

// ---- The viewers' ----

Result<Ring::Place> Hub::place_of(const Replay& replay) const {
    return replay.behind ? ring_.behind(*replay.behind) : Result<Ring::Place>(ring_.last_bytes(replay.bytes));
}

Result<std::unique_ptr<Viewer>> Hub::view(std::string who, Replay replay, Slow slow, std::function<void()> ready) {
    const auto place = place_of(replay);
    if (!place) return Failure(place.error());
    auto seat = std::make_shared<Seat>();
    seat->who = std::move(who);
    seat->place = *place;
    seat->slow = slow;
    seat->ready = std::move(ready);
    seats_.push_back(seat);
    fit_ring();
    if (ring_.has_news(seat->place)) tell_later();
    return std::unique_ptr<Viewer>(new Viewer(*this, std::move(seat)));
}

// What is on the disk need not be in memory as well, but for what is on its way there.
void Hub::fit_ring() {
    const bool on_disk = recording_ && trouble_.empty();
    ring_.keep(on_disk && seats_.empty() ? std::min(options_.kept_alone, options_.kept) : options_.kept);
}

Hub::State Hub::state() const {
    State state = state_;
    state.writer = writer_ ? writer_->who : "";
    for (const std::shared_ptr<Seat>& seat : seats_) state.viewers.push_back(seat->who);
    state.recorded = recording_ != nullptr && trouble_.empty();
    return state;
}

// Together, and after what is happening now: a burst is one call for each viewer.
void Hub::tell_later() {
    if (seats_.empty()) return;
    send_off_the_slow();
    if (std::exchange(telling_, true)) return;
    loop_.post([this, alive = std::weak_ptr<bool>(alive_)] {
        if (!alive.expired()) tell();
    });
}

void Hub::tell() {
    telling_ = false;
    const std::weak_ptr<bool> alive = alive_;
    const std::vector<std::shared_ptr<Seat>> seats = seats_;
    for (const std::shared_ptr<Seat>& seat : seats) {
        if (alive.expired()) return;
        const bool news = seat->gone || ring_.has_news(seat->place);
        if (news && std::exchange(seat->idle, false)) seat->call();
    }
}

void Hub::send_off_the_slow() {
    for (const std::shared_ptr<Seat>& seat : seats_) {
        if (seat->slow != Slow::leaves || seat->gone || !ring_.is_lost(seat->place)) continue;
        seat->gone = "too slow for this console's output";
        seat->idle = true;  // to be told once more
    }
}

void Hub::leave(const std::shared_ptr<Seat>& seat) {
    refuse_waiting(seat, {Errc::cancelled, "who typed it has left", Effect::none});
    release(seat);
    seat->ready = nullptr;
    std::erase(seats_, seat);
    fit_ring();
    if (options_.left) options_.left();
}

Viewer::Viewer(Hub& hub, std::shared_ptr<Hub::Seat> seat)
    : hub_(&hub), loop_(hub.loop_), seat_(std::move(seat)), alive_(hub.alive_) {}

Viewer::~Viewer() {
    seat_->ready = nullptr;
    if (!alive_.expired()) hub_->leave(seat_);
}

Result<void> Viewer::move(const Hub::Replay& replay, Hub::Slow slow) {
    if (alive_.expired() || seat_->gone) return fail(Errc::state, "the console is closed");
    const auto place = hub_->place_of(replay);
    if (!place) return tl::unexpected(place.error());
    seat_->place = *place;
    seat_->slow = slow;
    seat_->idle = true;
    if (hub_->ring_.has_news(*place)) hub_->tell_later();
    return {};
}

std::vector<Piece> Viewer::take(std::size_t most_bytes) {
    if (alive_.expired() || seat_->gone) return {};
    auto pieces = hub_->ring_.take(seat_->place, most_bytes);
    seat_->idle = !hub_->ring_.has_news(seat_->place);
    return pieces;
}

std::optional<std::string> Viewer::gone() const { return seat_->gone; }

Result<void> Viewer::grab(bool by_force) {
    if (alive_.expired()) return fail(Errc::state, "the console is closed");
    return hub_->grab(seat_, by_force);
}

void Viewer::release() {
    if (!alive_.expired()) hub_->release(seat_);
}

bool Viewer::may_type() const { return !alive_.expired() && hub_->writer_ == seat_; }

void Viewer::type(std::string bytes, std::function<void(driver::ConsoleWritten)> done) {
    submit({seat_, std::move(bytes), 0, false, std::move(done)});
}

void Viewer::send_break(std::function<void(Result<void>)> done) {
    submit({seat_, {}, 0, true, [done = std::move(done)](const driver::ConsoleWritten& written) {
                done(written.error ? Result<void>(Failure(*written.error)) : Result<void>());
            }});
}

void Viewer::submit(Hub::Input input) {
    if (!alive_.expired()) return hub_->submit(std::move(input));
    loop_.post([done = std::move(input.done)] { done({0, Error{Errc::state, "the console is closed", Effect::none}}); });
}

}  // namespace haas::console

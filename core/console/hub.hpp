// One node's console and all who have to do with it: what comes is recorded and shown to every viewer, what one of them
// types goes out.  It knows no HTTP, and of the driver its events and one line to type on.
// Everything here is for the loop's thread; callbacks come on it, never from inside a call.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/loop.hpp"
#include "core/base/result.hpp"
#include "core/console/history.hpp"
#include "core/console/ring.hpp"
#include "core/driver/console.hpp"

namespace haas::console {

// The way to the managed system: an open driver::Console, or a test's.  One call at a time; never completes from inside.
class Line {
public:
    virtual ~Line() = default;
    // 1 to driver::Console::most_bytes bytes.
    virtual void write(std::string_view bytes, std::function<void(driver::ConsoleWritten)> done) = 0;
    virtual void send_break(std::function<void(Result<void>)> done) = 0;
};

class Viewer;

class Hub {
    struct Seat;
    struct Input;

public:
    using Clock = History::Clock;

    struct Options {
        std::size_t kept = 64 * 1024;                        // bytes in memory, for replay and for viewers who lag
        std::size_t kept_alone = 4 * 1024;       // instead, while it is recorded and nobody looks
        std::size_t most_input = 256 * 1024;                 // bytes that wait to be typed
        Loop::Duration typed_again = std::chrono::minutes(1);  // between two markers of one who goes on typing
        std::function<void()> left{};  // called when a viewer has left; from inside that
    };

    struct State {
        bool connected = false;
        std::string why;         // it is not, or it is but has no output
        std::string owner;       // who else has it, as far as the BMC tells
        std::string writer;      // empty: nobody
        std::vector<std::string> viewers;
        bool recorded = false;
        std::uint64_t gaps = 0;  // since the hub was made
        std::uint64_t lost = 0;  // bytes in them, as far as their number is known
        std::string last_error;  // empty: there was none
        std::int64_t since_ms = 0;  // Unix; how long it has been connected, or not
    };

    // Where a viewer begins.
    struct Replay {
        std::uint64_t bytes = 0;                  // so many of the latest
        std::optional<std::uint64_t> behind{};  // or behind this offset of the history; see Ring::behind
    };
    enum class Slow : std::uint8_t {
        skips,   // is shown what he missed as `missing`, and goes on
        leaves,  // is told to go
    };

    Hub(Loop& loop, Options options, Clock clock = &std::chrono::system_clock::now);
    // Viewers are told to go.
    ~Hub();
    Hub(const Hub&) = delete;
    Hub& operator=(const Hub&) = delete;

    // ---- The driver's side ----

    // The console is open; the hub owns the line from now on.
    void connect(std::unique_ptr<Line> line);
    // As its listener.
    void take(const std::vector<driver::ConsoleEvent>& events);
    // It is not open any more, or could not be opened: Errc::busy names its owner.
    void disconnect(const Error& why);

    // ---- The recorder's ----

    // Everything that comes is recorded from now on.
    void record(std::unique_ptr<History::Recording> recording, std::string_view who);
    // Lets go of the recording.
    void stop_recording(std::string_view who);
    bool is_recorded() const noexcept { return recording_ != nullptr; }
    // As the recording's Trouble: what keeps the disk from taking anything, for the state.
    void note_trouble(const std::optional<Error>& trouble);
    // A marker for viewers and history: power operations, and what else happens beside the console.
    void note(Kind kind, std::string_view sentence);

    // ---- The viewers' ----

    // `ready` is called when there is something to take, once until everything was taken; and when it is time to go.
    Result<std::unique_ptr<Viewer>> view(std::string who, Replay replay, Slow slow, std::function<void()> ready);
    State state() const;
    bool connected() const noexcept { return state_.connected; }
    bool has_viewers() const noexcept { return !seats_.empty(); }

private:
    friend class Viewer;

    std::int64_t now_ms() const;
    Result<Ring::Place> place_of(const Replay& replay) const;
    void push(Kind kind, std::string_view text, std::uint64_t lost = 0);
    void push_data(std::string_view bytes);
    void change(const driver::ConsoleChange& change);
    void set_state(bool connected, const std::string& why);
    void tell_later();
    void tell();
    void send_off_the_slow();
    void fit_ring();
    void leave(const std::shared_ptr<Seat>& seat);

    Result<void> grab(const std::shared_ptr<Seat>& seat, bool by_force);
    void release(const std::shared_ptr<Seat>& seat);
    void submit(Input input);
    void answer(Input input, std::optional<Error> error);
    void refuse_waiting(const std::shared_ptr<Seat>& seat, const Error& why);  // nullptr: of all
    void pump();
    void sent(driver::ConsoleWritten written);

    Loop& loop_;
    const Options options_;
    const Clock clock_;
    Ring ring_;
    std::unique_ptr<Line> line_;
    std::unique_ptr<History::Recording> recording_;
    std::string trouble_;
    State state_;
    std::vector<std::shared_ptr<Seat>> seats_;
    bool telling_ = false;

    std::shared_ptr<Seat> writer_;
    Loop::Time typed_{};       // when it was last marked that the writer types
    bool typed_marked_ = false;
    std::deque<Input> inputs_;
    std::size_t waiting_input_ = 0;
    std::shared_ptr<Input> sending_;  // the line has it
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

// A viewer's seat; destroying it leaves.  May outlive the hub, but not the loop.
class Viewer {
public:
    ~Viewer();
    Viewer(const Viewer&) = delete;
    Viewer& operator=(const Viewer&) = delete;

    // Forgets its place, and goes on from another one.  Errc::not_found: what follows is not in memory any more.
    Result<void> move(const Hub::Replay& replay, Hub::Slow slow);
    // What came since, `most_bytes` of output at most.
    std::vector<Piece> take(std::size_t most_bytes);
    // Why this viewer is to go; nothing more is taken then.
    std::optional<std::string> gone() const;

    // The right to type, which one has at a time.  Errc::conflict with the name of who has it, unless by force: then he
    // has lost it, and everybody sees that.
    Result<void> grab(bool by_force);
    void release();
    bool may_type() const;
    // In order, behind what others typed before.  Errc::conflict without the right, also when it is lost before the bytes
    // were sent; Errc::state while the console is not connected; Errc::busy when too much waits.
    void type(std::string bytes, std::function<void(driver::ConsoleWritten)> done);
    void send_break(std::function<void(Result<void>)> done);

private:
    friend class Hub;
    Viewer(Hub& hub, std::shared_ptr<Hub::Seat> seat);
    void submit(Hub::Input input);

    Hub* hub_;
    Loop& loop_;
    std::shared_ptr<Hub::Seat> seat_;
    std::weak_ptr<bool> alive_;
};

}  // namespace haas::console

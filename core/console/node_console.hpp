// The serial console of one node: opened through its driver as long as somebody wants it, opened anew when it is lost,
// recorded while that is wished.  It knows no HTTP and does not decide what is wished.
// For the loop's thread; callbacks come on it, never from inside a call.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/base/loop.hpp"
#include "core/base/result.hpp"
#include "core/console/history.hpp"
#include "core/console/hub.hpp"
#include "core/driver/driver.hpp"

namespace haas::console {

class NodeConsole {
public:
    struct Options {
        Loop::Duration write_deadline = std::chrono::minutes(2);  // 64 KiB take a minute at 9,600 baud
        Loop::Duration linger = std::chrono::seconds(10);         // stays open when the last viewer has left
        Loop::Duration first_retry = std::chrono::seconds(1);     // of what could not be opened; doubled, with jitter
        Loop::Duration most_retry = std::chrono::seconds(60);
        Loop::Duration disk_retry = std::chrono::seconds(5);      // of a history that could not be opened
        Hub::Options hub{};
    };
    // True: it was taken from somebody for that.
    using Opened = std::function<void(Result<bool>)>;
    // What it needs of the house.  All of it outlives this object.
    struct Rooms {
        Loop& loop;
        History& history;
        History::Clock clock;
        // As node::Registry::open_console; may complete from inside.
        std::function<void(driver::ConsoleConflict, driver::ConsoleListener,
                           driver::Completion<std::unique_ptr<driver::Console>>)> open;
        // Recording stops with this error, or goes on.
        std::function<void(const std::optional<Error>&)> recorder{};
        // It was taken from somebody, because that is the rule where it is recorded.
        std::function<void()> taken{};
        // Nobody wants it any more and it is closed: it may be destroyed, but not from inside.
        std::function<void()> idle{};
    };

    NodeConsole(Rooms rooms, std::string label, Options options);
    // Closes it without a last word.
    ~NodeConsole();
    NodeConsole(const NodeConsole&) = delete;
    NodeConsole& operator=(const NodeConsole&) = delete;

    Hub& hub() noexcept { return hub_; }
    const Hub& hub() const noexcept { return hub_; }

    // Is it to be recorded from now on?  `who` says so.  With steal it is taken from somebody else for that, once each time.
    void record(bool wanted, std::string who, driver::ConsoleConflict conflict);
    // Tries at once to connect it, if it is not, and says how that went.  It stays open for `linger` at least.  With steal it is
    // taken from whoever has it, unless `wanted` is false by then: who asked has lost the right.
    void open(driver::ConsoleConflict conflict, std::function<bool()> wanted, Opened done);
    // What kept it from being opened may have changed.
    void nudge();
    // For good: what was printed until then is still recorded.
    void close(Loop::Time deadline, std::function<void()> closed);
    // Closed, and nobody wants it.
    bool is_idle() const {
        return phase_ == Phase::closed && linger_ == Loop::Timer::none && !wanted() && !recording_wanted_;
    }

private:
    struct Waiter {
        driver::ConsoleConflict conflict = driver::ConsoleConflict::report;
        std::function<bool()> wanted;
        Opened done;
    };
    enum class Phase { closed, opening, open, closing };

    bool wanted() const;
    void settle();
    void settle_later();
    void settle_recording();
    bool is_to_be_taken();
    void begin_open();
    void opened(driver::ConsoleConflict conflict, Result<std::unique_ptr<driver::Console>> result);
    void failed(driver::ConsoleConflict conflict, const Error& error);
    void take(const std::vector<driver::ConsoleEvent>& events);
    void begin_close(const Error& why);
    void linger();
    void answer(const Result<bool>& result);
    // Not called once this object is gone.
    template <class Function>
    auto mine(Function function) {
        return [alive = std::weak_ptr<bool>(alive_), function = std::move(function)](auto&&... arguments) mutable {
            if (!alive.expired()) function(std::forward<decltype(arguments)>(arguments)...);
        };
    }

    const Rooms rooms_;
    const std::string label_;
    const Options options_;
    Hub hub_;

    Phase phase_ = Phase::closed;
    driver::Console* console_ = nullptr;  // the hub's, while it is open
    std::uint64_t attempt_ = 0;           // the listener's: of one that was given up nothing is heard any more
    bool steal_ = false;                  // at the next attempt: somebody has it
    std::vector<Waiter> waiters_;
    unsigned failures_ = 0;
    bool hopeless_ = false;  // until nudged
    std::string told_;       // the failure that was logged last
    Loop::Timer retry_ = Loop::Timer::none;
    Loop::Timer linger_ = Loop::Timer::none;
    std::minstd_rand chance_{std::random_device{}()};

    bool recording_wanted_ = false;
    driver::ConsoleConflict recording_conflict_ = driver::ConsoleConflict::report;
    bool recording_opening_ = false;
    bool recording_failed_ = false;  // which was told
    Loop::Timer disk_retry_ = Loop::Timer::none;
    std::string who_;

    Loop::Time close_deadline_{};
    std::function<void()> closed_;  // it is being closed for good
    bool settling_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace haas::console

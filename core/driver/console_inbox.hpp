// What the open consoles of one driver have printed, on its way from the driver's threads to the loop: checked, copied
// once, put together, and bounded.  Knows no loop, and nothing of who listens.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/driver/console.hpp"
#include "haas/obm/abi/console.h"

namespace haas::driver {

// All functions from any thread.
class ConsoleInbox {
public:
    // Something waits for this console: called once between two take(), on the thread that put it there, with no lock
    // held.
    using Ready = std::function<void(std::uint64_t console)>;

    ConsoleInbox(std::string extension, Ready ready);

    void open(std::uint64_t console);
    // What waits is forgotten.  An event that comes all the same is a defect of the driver.
    void close(std::uint64_t console);
    // Nobody listens any more, but the driver may not know it yet: what waits and what comes is forgotten.
    void mute(std::uint64_t console);
    // The driver was left behind: from now on nothing it says is heard, or complained about.
    void shut();

    // One event as the driver gives it.  True: it shall pause.
    bool put(std::uint64_t console, const haas_obm_console_event* event);

    struct Taken {
        std::vector<ConsoleEvent> events;
        bool paused = false;  // the driver was told to pause, and is to be resumed by the caller
    };
    Taken take(std::uint64_t console);

private:
    struct Line {
        std::vector<ConsoleEvent> events;
        std::size_t waiting = 0;         // what they take, roughly in bytes
        std::optional<std::size_t> gap;  // where in `events` the gap stands that has swallowed what was too much
        bool gap_unknown = false;        // nobody knows how large it is
        bool announced = false;
        bool paused = false;
        bool muted = false;
        bool complained = false;
    };

    static bool is_full(const Line& line, std::size_t more) noexcept;
    static void take_in(Line& line, const haas_obm_console_event& event);
    static void add_data(Line& line, std::string_view bytes);
    static void add_event(Line& line, ConsoleEvent event);
    static void swallow(Line& line, std::uint64_t lost);
    void complain(std::uint64_t console, std::string_view problem) const;

    const std::string extension_;
    const Ready ready_;

    std::mutex mutex_;  // guards what follows; nothing is locked or called under it
    std::unordered_map<std::uint64_t, Line> lines_;
    std::uint64_t last_unknown_ = 0;  // complained about last
    bool shut_ = false;
};

}  // namespace haas::driver

// What a hub knows of one viewer, and of one thing he wants typed.  Private to the hub.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/console/hub.hpp"

namespace haas::console {

struct Hub::Seat {
    std::string who;
    Ring::Place place;
    Slow slow = Slow::skips;
    std::function<void()> ready;
    bool idle = true;  // has taken everything: is to be told of the next
    std::optional<std::string> gone;

    void call() {
        const auto told = ready;  // the viewer may leave from inside
        if (told) told();
    }
};

struct Hub::Input {
    std::shared_ptr<Seat> seat;
    std::string bytes;
    std::size_t accepted = 0;  // of them
    bool is_break = false;
    std::function<void(driver::ConsoleWritten)> done;
};

}  // namespace haas::console

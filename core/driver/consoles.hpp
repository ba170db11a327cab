// The open consoles of one driver, from `open` to the driver's answer to `close`: who listens, what the driver still owes,
// and what becomes of a console whose node goes.  All on the loop's thread; behind Node and Console.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/driver/console.hpp"
#include "core/driver/marshal.hpp"
#include "haas/obm/abi/console.h"

namespace haas::driver {

class Consoles {
public:
    using Opened = std::function<void(Result<std::unique_ptr<Console>>)>;
    using Written = std::function<void(ConsoleWritten)>;
    using Done = std::function<void(Result<void>)>;

    // Lives in the instance.
    explicit Consoles(Instance& instance) : instance_(instance) {}

    // As Node::open_console, of a driver that has the capability.
    OperationId open(std::uint64_t node_id, ConsoleConflict conflict, Loop::Time deadline, ConsoleListener listener,
                     Opened done);

    // As the functions of Console, which is known here by its id.
    OperationId write(std::uint64_t console, std::string_view bytes, Loop::Time deadline, Written done);
    OperationId send_break(std::uint64_t console, Loop::Time deadline, Done done);
    void pause(std::uint64_t console);
    void resume(std::uint64_t console);
    OperationId close(std::uint64_t console, Loop::Time deadline, Done done);
    void drop(std::uint64_t console);

    // The inbox has something for it.
    void ready(std::uint64_t console);
    // The driver forgot the node, or was itself left behind.
    void detached(std::uint64_t node_id);
    void left_behind();

private:
    struct Line {
        std::uint64_t node_id = 0;
        std::shared_ptr<ConsoleListener> listener;
        bool open = false;     // the driver said so
        bool held = false;     // by pause()
        bool typing = false;   // a write or a break is under way
        bool closing = false;
    };
    using Table = std::unordered_map<std::uint64_t, Line>;

    Line* find(std::uint64_t console);
    Table::iterator end(Table::iterator at);
    void forget(std::uint64_t console);
    OperationId close_at_driver(std::uint64_t console, Loop::Time deadline, Done done);
    Result<std::unique_ptr<Console>> opened(std::uint64_t console, Result<Outcome> outcome);
    // Why nothing can be typed now; nothing: it can.
    std::optional<Error> refusal(std::uint64_t console);

    Instance& instance_;
    Table lines_;
    std::unordered_map<std::uint64_t, std::uint64_t> console_of_node_;
};

}  // namespace haas::driver

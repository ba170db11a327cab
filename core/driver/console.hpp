// An open console of a node as the core has it: what the managed system prints, in batches and in order, and a way to type
// to it.  Hides the driver's threads and its connection; knows nothing of viewers and history.
//
// All functions are for the loop's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/loop.hpp"
#include "core/base/result.hpp"
#include "core/driver/operations.hpp"

namespace haas::driver {

// What to do when somebody else has the console.
enum class ConsoleConflict : std::uint8_t {
    report,  // fail with Errc::busy and the owner's name where it is known
    wait,    // ask again until the deadline, then report
    steal,   // take it away, once, then report
};

std::string_view name(ConsoleConflict conflict) noexcept;  // "report", ...
std::optional<ConsoleConflict> conflict_named(std::string_view name) noexcept;

enum class ConsoleState : std::uint8_t {
    connected,
    disconnected,  // the driver connects anew
    stolen,        // somebody else has it; the driver asks for it again, never by force
    unavailable,   // connected, but the managed system is off or uses the line otherwise
    ended,         // the node was detached or its driver stopped: nothing comes any more
};
std::string_view name(ConsoleState state) noexcept;  // "connected", ...

struct ConsoleData {
    std::string bytes;  // as they came; never empty
    bool operator==(const ConsoleData&) const = default;
};
struct ConsoleGap {
    std::uint64_t lost = 0;  // bytes; 0: nobody knows how many
    bool operator==(const ConsoleGap&) const = default;
};
struct ConsoleChange {
    ConsoleState state = ConsoleState::connected;
    std::string sentence;  // why; of `connected` it may be empty
    bool operator==(const ConsoleChange&) const = default;
};
using ConsoleEvent = std::variant<ConsoleData, ConsoleGap, ConsoleChange>;

// What came since the last call, at least one event.  Called on the loop's thread, never from inside a call of this room.
// An opened console counts as connected until a ConsoleChange says otherwise.
using ConsoleListener = std::function<void(std::vector<ConsoleEvent>)>;

// How a write ended: all was taken, or so many bytes for certain and then an error.  With Effect::unknown some of the
// bytes behind may have been taken as well.
struct ConsoleWritten {
    std::size_t accepted = 0;
    std::optional<Error> error;
};

class Instance;

// Destroying it closes it, and no event is delivered any more.  It may outlive its node and its driver; operations then
// complete with Errc::cancelled.  Completions come as those of Node: exactly once, never from inside, also after it is
// destroyed.
class Console {
public:
    static constexpr std::size_t most_bytes = 65536;  // of one write
    // When more than this waits for the loop, or for resume(), the driver is told to pause.  One that goes on all the
    // same loses what goes beyond twice as much; a ConsoleGap tells.
    static constexpr std::size_t most_waiting = std::size_t{1} << 20;

    ~Console();
    Console(const Console&) = delete;
    Console& operator=(const Console&) = delete;

    // One write or break at a time: another one meanwhile is refused with Errc::busy.  1 to most_bytes bytes, not kept.
    // Errc::state while the console is not connected.
    OperationId write(std::string_view bytes, Loop::Time deadline, std::function<void(ConsoleWritten)> done);
    OperationId send_break(Loop::Time deadline, std::function<void(Result<void>)> done);
    void cancel(OperationId operation);

    // No event is delivered until resume(); what comes meanwhile waits, and nothing is lost of a driver that can hold
    // the managed system back.
    void pause();
    void resume();

    // What is printed until the driver has closed it is still delivered.  After the completion, which may be a failure,
    // nothing is, and the node's console may be opened anew.
    OperationId close(Loop::Time deadline, std::function<void(Result<void>)> done);

private:
    friend class Consoles;
    Console(std::shared_ptr<Instance> instance, std::uint64_t id);

    std::shared_ptr<Instance> instance_;
    std::uint64_t id_;
};

}  // namespace haas::driver

// A node's machine with its script, safe to be at from the host's loop and the schedule's thread, and what it answers.
// Knows the driver ABI's C++ face only.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "haas/obm/driver.hpp"
#include "plugins/mock/machine.hpp"
#include "plugins/mock/schedule.hpp"
#include "plugins/mock/script.hpp"

namespace haas::mock {

struct Accepted {};
struct Refused {};       // not in the machine's present state
struct Disconnected {};  // nothing can be typed
struct Abandoned {};     // closed before it was opened
struct Owned {           // somebody else has the console
    std::string owner;
    bool wait = false;
};
using Answer =
    std::variant<Accepted, Refused, Disconnected, Abandoned, Owned, obm::Power, Machine::Boot, obm::Diagnosis>;

// What an operation does to the machine, and what the machine says to it.
using Perform = std::function<Answer(Machine&, Time now)>;

// Shared with the schedule's thread, which may be at it while the node is detached.
//
// It belongs to the attached node, not to the `host` it names: deleting a node and registering it again gives a fresh
// machine, so that a test starts from what its fields say and not from what another test left behind.
class Body : public std::enable_shared_from_this<Body> {
public:
    Body(obm::NodeContext context, Schedule& schedule, Script script);

    const Script& script() const { return script_; }

    // Does the script trouble this operation?  Counts it if so.
    bool troubles(std::string_view operation);
    // Answers, at once or when somebody else's console is waited for in vain.
    void carry_out(bool troubled, const Perform& perform, obm::Reply reply);
    Answer perform(const Perform& perform);

    // The console: where it is to tell of itself, from when on, and until when.
    void want_console(obm::ConsoleSink sink);
    Answer open_console(Machine& machine, obm::Conflict conflict, Time now);  // inside perform()
    void close_console();
    // Tells what there is to tell now, and sees to it that the rest is told in its time.
    void attend();

private:
    void send(const Answer& answer, obm::Reply reply);
    void tell(Time now);
    void woken(Time when);

    const Script script_;
    const obm::NodeContext context_;
    Schedule& schedule_;
    std::mutex mutex_;  // guards what follows; under it: the schedule's, and the sink's
    Machine machine_;
    std::int64_t troubled_ = 0;
    std::optional<obm::ConsoleSink> sink_;
    std::optional<Time> wake_at_;
};

}  // namespace haas::mock

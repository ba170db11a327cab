// A started driver and its nodes, as the core calls them: C++ values in, one completion on the loop's thread out.
// Everything that the driver ABI leaves to the host happens behind this header: deadlines, late results, worker threads,
// threads of the driver's own.  It decides nothing about power: in what order and how often is core/node's business.
//
// All functions are for the loop's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/field.hpp"
#include "core/base/loop.hpp"
#include "core/base/result.hpp"
#include "core/driver/console.hpp"
#include "core/driver/diagnosis.hpp"
#include "core/driver/library.hpp"

namespace haas::driver {

enum class Power : std::uint8_t { unknown, off, on };
std::string_view name(Power power) noexcept;  // "unknown", "off", "on"

enum class Verb : std::uint8_t { power_on, power_off, reset, power_cycle, soft_off };
std::string_view name(Verb verb) noexcept;  // "power_on", ...

struct BootSetting {
    std::string device;
    bool persistent = false;
};

// Called on the loop's thread, exactly once, never from inside the call that submitted the operation.
template <class T>
using Completion = std::function<void(Result<T>)>;

struct Settings {
    std::string extension;  // the name in haas.cfg
    Fields options;         // the keys of its section that the core does not know
    unsigned workers = 16;
};

// What a driver found out about one of its nodes, merged by name.  On the loop's thread; only for attached nodes.
using FactSink =
    std::function<void(std::uint64_t node_id, const Fields& changed, const std::vector<std::string>& removed)>;

class Instance;

// One attached node.  Destroying it detaches: operations that are still open complete with Errc::cancelled.  It may
// outlive its driver's stop(); operations then complete with Errc::cancelled too.
//
// Deadlines: the driver is told the deadline and should keep it.  A quarter of a second after it the operation is
// completed here, with Errc::timed_out, and whatever the driver says later is dropped.  A change that was given up
// (timed out or cancelled) has Effect::unknown unless the driver said otherwise; a read never has an effect.
class Node {
public:
    ~Node();
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    bool supports(Verb verb) const;
    bool supports_boot_device() const;
    bool supports_diagnose() const;
    bool supports_console() const;

    // What is not supported completes with Errc::unsupported and a sentence that names driver and capability.
    OperationId submit(Verb verb, Loop::Time deadline, Completion<void> done);
    OperationId status(Loop::Time deadline, Completion<Power> done);
    // A device that is not in the description completes with Errc::bad_argument and the list of those that are.
    OperationId set_boot_device(std::string device, bool persistent, Loop::Time deadline, Completion<void> done);
    OperationId boot_device(Loop::Time deadline, Completion<BootSetting> done);
    // A managed system in which something is broken is a report that says so, not a failure.
    OperationId diagnose(Loop::Time deadline, Completion<DiagnoseReport> done);

    // Beside all the others: a node does what it is asked while its console is open.  One console of a node at a time;
    // another one is refused with Errc::conflict until the first was closed.  Somebody else's is Errc::busy.
    // Destroying the node ends the console: the listener is told so last.
    OperationId open_console(ConsoleConflict conflict, Loop::Time deadline, ConsoleListener listener,
                             Completion<std::unique_ptr<Console>> done);

    // The result is no longer wanted.  The operation completes soon, and a quarter of a second from now at the latest:
    // with Errc::cancelled, or with what the driver had done by then.  An id that is not open is ignored.
    void cancel(OperationId operation);

private:
    friend class Driver;
    Node(std::shared_ptr<Instance> instance, std::uint64_t node_id);

    std::shared_ptr<Instance> instance_;
    std::uint64_t node_id_;
};

// Destroying a driver that was not stopped leaves it behind as stop() leaves a hung one.
class Driver {
public:
    // A failure is the driver's own sentence.  The loop outlives the driver, or at least its stop().
    static Result<std::unique_ptr<Driver>> start(Library library, Settings settings, Loop& loop, FactSink facts);
    ~Driver();
    Driver(const Driver&) = delete;
    Driver& operator=(const Driver&) = delete;

    const Description& description() const;
    const std::string& extension() const;

    // `node_id` is the host's own and attached once at a time; `label` is for people.  Errc::invalid carries the
    // driver's own sentence about a field.
    Result<std::unique_ptr<Node>> attach(std::uint64_t node_id, std::string_view label, const Fields& fields);

    // Nodes that are still there are detached.  Then the driver is asked to stop; when it has, and no worker runs any
    // more, it is destroyed.  What is not done by the deadline is left behind, neither joined nor destroyed, and named
    // in a log line.  `stopped` is called in either case, once.
    void stop(Loop::Time deadline, std::function<void()> stopped);

private:
    explicit Driver(std::shared_ptr<Instance> instance);

    std::shared_ptr<Instance> instance_;
};

}  // namespace haas::driver

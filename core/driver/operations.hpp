// The open operations of one driver: who waits for what until when, and what becomes of results that come too late or
// twice.  Lives on the loop's thread; completions are brought there before they come here.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/base/loop.hpp"
#include "core/base/result.hpp"
#include "core/driver/marshal.hpp"

namespace haas::driver {

using OperationId = std::uint64_t;

class Operations {
public:
    using Done = std::function<void(Result<Outcome>)>;
    // Tells the driver that the host no longer wants the result.  It may complete the operation from inside.
    using Cancel = std::function<void(std::uint64_t node_id, OperationId operation)>;

    struct Request {
        std::uint64_t node_id = 0;
        std::string_view name;  // for people: "power_on"; a literal
        bool changes = true;    // false: a read, which has no effect
        Loop::Time deadline;
        Done done;
        bool whole = false;  // also what the driver says of a failure comes as an Outcome: it has values
    };

    // How long after its deadline, or after cancel(), an operation is left to the driver: long enough for one that keeps
    // its own deadline to say what happened, short enough not to be noticed.
    static constexpr std::chrono::milliseconds grace{250};

    Operations(Loop& loop, std::string extension, Cancel cancel_at_driver);

    // A name for an operation; never used twice in this process, not even by another driver.
    static OperationId next_id() noexcept;

    void open(OperationId id, Request request);
    // What the driver said.  The operation's `done` is called from here.
    void finish(OperationId id, Outcome outcome);
    void cancel(OperationId id);
    // Completes what is open of a node with Errc::cancelled, in a task of its own; the driver still owes an answer.
    void close(std::uint64_t node_id);
    void close_all();

    // Answers that the driver owes for operations which were completed without it.
    std::size_t owed() const noexcept { return owed_.size(); }

private:
    struct Open {
        Request request;
        bool cancelled = false;
        Loop::Timer timer = Loop::Timer::none;
    };
    using Table = std::unordered_map<OperationId, Open>;

    void expire(OperationId id);
    Open take(Table::iterator at);
    void owe(OperationId id);
    Table::iterator give_up(Table::iterator at);

    Loop& loop_;
    const std::string extension_;
    const Cancel cancel_at_driver_;
    Table open_;
    std::set<OperationId> owed_;
};

}  // namespace haas::driver

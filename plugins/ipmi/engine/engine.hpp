// All BMCs on one thread: their sockets, their alarms, their turns at a handshake.  The only part of this driver that
// knows a thread and the system's clock.  Knows nothing of the driver ABI.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "plugins/ipmi/engine/bmc.hpp"

namespace haas::ipmi {

// Learns what a session teaches about the BMC of one node.
class Observer {
public:
    virtual ~Observer() = default;
    // On the engine's thread; must return at once.
    virtual void learnt(const Facts& facts) noexcept = 0;
};

class Engine {
public:
    struct Options {
        Patience patience;
        // Beyond this many at a time, logins wait for each other: more would only fill the receive buffers, which are
        // made to hold two datagrams of each.  Those that are silent (Patience::handshake_turn) do not count.
        unsigned handshakes = 2048;
        // How long stop() waits for BMCs to confirm that their sessions are closed.
        Duration farewell = std::chrono::seconds(3);
    };

    // The receive buffer that was asked for, and what the system gave: bytes.
    struct Room {
        std::size_t wanted = 0;
        std::size_t given = 0;
    };

    explicit Engine(const Options& options);
    // Ends at once what still runs; stop() is the polite way.  No call back after it has returned.
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    // All of these return at once; what they start happens on the engine's thread, in the order of the calls.
    // [any thread]

    // Nodes with the same host, port, credentials and policy share one session and one queue.  Those that turn out to
    // be one BMC (by another name, or under another account) are asked one at a time, and share a session where the
    // account is the same.
    void attach(std::uint64_t node, Target target, std::unique_ptr<Observer> observer);
    // Cancels the node's operations.
    void detach(std::uint64_t node);
    // Operations of a BMC are carried out one after the other, those of different BMCs at the same time.
    void submit(std::unique_ptr<Operation> operation);
    void cancel(std::uint64_t node, std::uint64_t operation);
    // Cancels all operations, closes all sessions, and calls `stopped` on the engine's thread: soon, or when the
    // farewell has lasted too long, and shortly before the deadline at the latest.  Operations that come later are
    // cancelled.
    void stop(std::function<void()> stopped, Time deadline = Time::max());
    // Of IPv4; constant.
    Room room() const;

private:
    class Loop;
    std::unique_ptr<Loop> loop_;
};

}  // namespace haas::ipmi

// SPDX-License-Identifier: Apache-2.0
//
// The serial console of a node, as a driver author writes it: derive the node from Console, besides Node, and tell all
// that happens to the ConsoleSink.  haas/obm/abi/console.h says what is expected of each function.  Included by
// driver.hpp.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>

#include "haas/obm/abi/console.h"
#include "haas/obm/node.hpp"

namespace haas::obm {

// What to do when somebody else has the console.
enum class Conflict : std::int32_t {
    report = HAAS_OBM_CONSOLE_REPORT,  // reply.fail(Status::busy, a sentence that names the owner)
    wait = HAAS_OBM_CONSOLE_WAIT,      // ask again until the deadline, then report
    steal = HAAS_OBM_CONSOLE_STEAL,    // take it away, once, then report
};

enum class ConsoleState : std::uint32_t {
    connected = HAAS_OBM_CONSOLE_CONNECTED,
    disconnected = HAAS_OBM_CONSOLE_DISCONNECTED,  // being connected anew
    stolen = HAAS_OBM_CONSOLE_STOLEN,              // somebody else has it; asked for again, never taken back by force
    unavailable = HAAS_OBM_CONSOLE_UNAVAILABLE,    // connected, without a serial line behind it
};

// Where the events of one opened console go: a handle to copy around.  What several threads tell goes one by one.  It never
// waits, and never calls back into the driver, so that a lock of the driver's own may be held.  No event may come once
// close_console was answered; after the node was detached all of these do nothing.  [any-thread]
class ConsoleSink {
public:
    explicit ConsoleSink(const haas_obm_console_sink& sink) : line_(std::make_shared<Line>()) { line_->sink = sink; }

    // What the managed system printed; cut into events of a size that the contract allows.  False: the console is paused
    // from now on, as paused() says, and resume_console will tell when to go on.  All of it was taken in either case.
    bool data(std::span<const std::uint8_t> bytes) const {
        const std::lock_guard lock(line_->mutex);
        while (!bytes.empty()) {
            const auto piece = bytes.first(std::min<std::size_t>(bytes.size(), HAAS_OBM_CONSOLE_MOST_BYTES));
            tell({sizeof(haas_obm_console_event), HAAS_OBM_CONSOLE_DATA, 0, piece.data(), piece.size(), 0, {nullptr, 0}});
            bytes = bytes.subspan(piece.size());
        }
        return !line_->paused;
    }
    // Output was lost here: so many bytes, or 0 where nobody knows.
    void gap(std::uint64_t lost = 0) const {
        const std::lock_guard lock(line_->mutex);
        tell({sizeof(haas_obm_console_event), HAAS_OBM_CONSOLE_GAP, 0, nullptr, 0, lost, {nullptr, 0}});
    }
    // The sentence says why; of `connected` it may be empty.
    void state(ConsoleState state, std::string_view sentence = {}) const {
        const std::lock_guard lock(line_->mutex);
        tell({sizeof(haas_obm_console_event), HAAS_OBM_CONSOLE_STATE, static_cast<std::uint32_t>(state), nullptr, 0, 0,
              text(sentence)});
    }
    // While this is true no further output is taken from the managed system, or it is dropped and told as a gap.
    bool paused() const {
        const std::lock_guard lock(line_->mutex);
        return line_->paused;
    }

    // What export.hpp calls when the host ends a pause, and when it detaches the node.
    void resumed() const {
        const std::lock_guard lock(line_->mutex);
        line_->paused = false;
    }
    void shut() const {
        const std::lock_guard lock(line_->mutex);
        line_->shut = true;
    }

private:
    // The mutex orders an event's answer "pause" and the resume that may follow it at once.  Under it: the host's event.
    struct Line {
        std::mutex mutex;
        haas_obm_console_sink sink{};
        bool paused = false;
        bool shut = false;
    };

    // With the mutex held.
    void tell(const haas_obm_console_event& event) const {
        if (line_->shut) return;
        if (line_->sink.event(line_->sink.context, line_->sink.console, &event) != 0) line_->paused = true;
    }

    std::shared_ptr<Line> line_;
};

// Beside Node: these run on the host's loop and return at once; Node::cancel reaches their replies too.  There is no
// blocking form: the workers of a blocking node do one thing at a time, and a console is open while power is switched.
// [host-loop]
class Console {
public:
    // Connect, then reply.done(); from then on connect anew whatever happens, until close_console.
    virtual void open_console(Conflict conflict, ConsoleSink sink, Reply reply) = 0;
    // The bytes are borrowed for the call.  reply.fail_write(..., how many) if some were taken for certain before it failed.
    virtual void write_console(std::span<const std::uint8_t> bytes, Reply reply) = 0;
    virtual void break_console(Reply reply) = 0;
    // ConsoleSink::paused() is false again: take output from the managed system.
    virtual void resume_console() = 0;
    // Answers what is open of it too, as cancelled.  There may be no console, or one that is just being opened.
    virtual void close_console(Reply reply) = 0;

protected:
    ~Console() = default;
};

}  // namespace haas::obm

// The services of the core as one driver sees them: the C table haas_obm_host and what stands behind each function.
// Called from any thread; what concerns the core is carried to the loop's thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "core/base/loop.hpp"
#include "core/driver/console_inbox.hpp"
#include "core/driver/crossing.hpp"
#include "core/driver/marshal.hpp"
#include "core/driver/workers.hpp"
#include "haas/obm/abi.h"
#include "haas/obm/abi/console.h"

namespace haas::driver {

// What the loop's thread does with what a driver says.  It may be gone by then.
class Receiver {
public:
    virtual void completed(std::uint64_t operation, Outcome outcome) = 0;
    virtual void published(std::uint64_t node_id, Copied facts) = 0;
    // Events of that console wait in Host::consoles().
    virtual void console_ready(std::uint64_t console) = 0;

protected:
    ~Receiver() = default;
};

// Lives at least as long as the driver it was given to.
class Host {
public:
    Host(std::string extension, unsigned workers, Loop& loop, std::weak_ptr<Receiver> receiver);
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    const haas_obm_host* table() const noexcept { return &table_; }
    Crossing& crossing() noexcept { return crossing_; }
    Workers& workers() noexcept { return workers_; }
    ConsoleInbox& consoles() noexcept { return consoles_; }

    // Where the driver sends the events of a console that is about to be opened.
    haas_obm_console_sink sink(std::uint64_t console) noexcept;

    // From now on nothing that the driver says is heard: it was left behind.
    void shut();

private:
    static Host& of(haas_obm_host_context* context) noexcept;
    static void complete(haas_obm_host_context* context, std::uint64_t operation, const haas_obm_completion* completion);
    static void log(haas_obm_host_context* context, std::int32_t level, haas_obm_text message);
    static std::int32_t log_enabled(haas_obm_host_context* context, std::int32_t level);
    static std::uint64_t now_ns(haas_obm_host_context* context);
    static void publish_facts(haas_obm_host_context* context, std::uint64_t node, const haas_obm_field* facts,
                              std::uint64_t count);
    static haas_obm_status run(haas_obm_host_context* context, std::uint64_t node,
                               void (*job)(void* argument, std::int32_t abandoned), void* argument);
    static std::int32_t console_event(haas_obm_host_context* context, std::uint64_t console,
                                      const haas_obm_console_event* event);

    const std::string extension_;
    const std::weak_ptr<Receiver> receiver_;
    std::atomic<bool> shut_{false};
    Crossing crossing_;
    Workers workers_;
    ConsoleInbox consoles_;
    const haas_obm_host table_;
};

}  // namespace haas::driver

// The worker threads that the host lends to one driver (haas_obm_host.run): a bounded queue, a few threads made when
// first needed, jobs of one node in order and one at a time.  Knows nothing of operations.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "haas/obm/abi.h"

namespace haas::driver {

// Fair among nodes: after a job its node goes to the end of the line, so a node with many jobs waiting delays another by
// one job at most, and a job that takes long holds up its own node only (and one thread).
class Workers {
public:
    using Job = void (*)(void* argument, std::int32_t abandoned);

    static constexpr std::size_t capacity = 4096;  // jobs that wait, all nodes together

    // `name` is what ps and gdb show of the threads, "<name>/<number>", at most 15 bytes as Linux has it.
    Workers(std::string name, unsigned threads);
    // The threads must have been joined or left.
    ~Workers() = default;
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    // HAAS_OBM_BUSY when too much is waiting, or after close(): the job is not called.  From any thread.
    haas_obm_status run(std::uint64_t node, Job job, void* argument);

    // From one thread, in this order, each once:
    // No more jobs.  Those that wait are called as abandoned, by the workers.  `idle` is called when no thread has any
    // more to do: by the last of them, or before close() returns.
    void close(std::function<void()> idle);
    // Then either: waits for the threads to end, which after `idle` is at once;
    void join();
    // or: gives up the threads, which live on until their jobs return.
    void leave();

private:
    struct State;
    // Shared with the threads, which may have been left.
    std::shared_ptr<State> state_;
};

}  // namespace haas::driver

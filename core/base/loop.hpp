// The core's one thread, as its rooms see it: run this later, run this then, what time is it.
// The daemon gives the real one (core/daemon/asio_loop.hpp); tests give one whose time is a variable.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace haas {

class Loop {
public:
    using Task = std::function<void()>;
    using Time = std::chrono::steady_clock::time_point;
    using Duration = std::chrono::steady_clock::duration;
    enum class Timer : std::uint64_t { none = 0 };

    virtual ~Loop() = default;

    // Runs the task on the loop's thread, after what is running now.  From any thread; tasks of one thread keep their
    // order.  Tasks posted after the loop has ended are destroyed without being run.
    virtual void post(Task task) = 0;

    // The rest is for the loop's own thread.
    virtual Time now() const = 0;
    // Runs the task once, when `when` has passed.
    virtual Timer at(Time when, Task task) = 0;
    // The task will not run any more; harmless when it already has, or for Timer::none.
    virtual void cancel(Timer timer) = 0;
};

}  // namespace haas

// SPDX-License-Identifier: Apache-2.0
//
// A host's end of one opened console, for tests of drivers: remembers what a console tells, pauses it on demand, and notes
// each breach of haas/obm/abi/console.h.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "haas/obm/abi/console.h"

namespace haas::obm::testing {

// All functions from any thread.  It must outlive the driver.
class ConsoleEar {
public:
    haas_obm_console_sink sink() noexcept {
        return {sizeof(haas_obm_console_sink), reinterpret_cast<haas_obm_host_context*>(this), name, &event};
    }

    // What was printed so far.
    std::string output() const {
        const std::lock_guard lock(mutex_);
        return output_;
    }
    std::uint64_t gaps() const {
        const std::lock_guard lock(mutex_);
        return gaps_;
    }
    std::uint32_t state() const {
        const std::lock_guard lock(mutex_);
        return state_;
    }
    // The sentences of all states so far.
    std::vector<std::string> sentences() const {
        const std::lock_guard lock(mutex_);
        return sentences_;
    }

    // Waits in real time for that text in what was printed, or for that state.
    bool wait_for(std::string_view text, std::chrono::nanoseconds timeout) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, timeout, [&] { return output_.find(text) != std::string::npos; });
    }
    bool wait_for_state(std::uint32_t state, std::chrono::nanoseconds timeout) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, timeout, [&] { return state_ == state; });
    }

    // Whether events are answered with "pause" from now on.
    void pause(bool on) { pausing_ = on; }
    // Every later event is a breach: "told an event of a console after <why>".
    void shut(std::string why) {
        const std::lock_guard lock(mutex_);
        shut_ = std::move(why);
    }

    std::vector<std::string> breaches() const {
        const std::lock_guard lock(mutex_);
        return breaches_;
    }

private:
    static constexpr std::uint64_t name = 0x6561720065617200;  // of this opening; what else it is called is a breach

    static std::int32_t event(haas_obm_host_context* context, std::uint64_t console, const haas_obm_console_event* event) {
        auto& ear = *reinterpret_cast<ConsoleEar*>(context);
        const bool alone = !ear.inside_.exchange(true);
        {
            const std::lock_guard lock(ear.mutex_);
            if (!alone) ear.breach("told two events of a console at a time");
            if (console != name) ear.breach("told an event of a console that was never opened");
            if (!ear.shut_.empty()) ear.breach("told an event of a console after " + ear.shut_);
            ear.take(event);
        }
        ear.changed_.notify_all();
        ear.inside_ = false;
        return ear.pausing_ ? 1 : 0;
    }

    // With the mutex held, as what follows.
    void take(const haas_obm_console_event* event) {
        if (event == nullptr || event->struct_size < sizeof(haas_obm_console_event)) {
            return breach("told a console event with a struct_size that is too small");
        }
        switch (event->kind) {
            case HAAS_OBM_CONSOLE_DATA:
                if (event->bytes == nullptr || event->size == 0) return breach("told console data without a byte");
                if (event->size > HAAS_OBM_CONSOLE_MOST_BYTES) return breach("told too much console data in one event");
                output_.append(reinterpret_cast<const char*>(event->bytes), static_cast<std::size_t>(event->size));
                return;
            case HAAS_OBM_CONSOLE_GAP: ++gaps_; return;
            case HAAS_OBM_CONSOLE_STATE: return take_state(*event);
            default: return breach("told a console event of an unknown kind");
        }
    }

    void take_state(const haas_obm_console_event& event) {
        if (event.state < HAAS_OBM_CONSOLE_CONNECTED || event.state > HAAS_OBM_CONSOLE_UNAVAILABLE) {
            return breach("told an unknown state of a console");
        }
        if (event.state != HAAS_OBM_CONSOLE_CONNECTED && event.message.size == 0) {
            breach("told the state of a console without a sentence");
        }
        state_ = event.state;
        if (event.message.size > 0) sentences_.emplace_back(event.message.data, static_cast<std::size_t>(event.message.size));
    }

    void breach(std::string sentence) {
        if (std::find(breaches_.begin(), breaches_.end(), sentence) == breaches_.end()) {
            breaches_.push_back(std::move(sentence));
        }
    }

    std::atomic<bool> pausing_{false};
    std::atomic<bool> inside_{false};
    mutable std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    std::string output_;
    std::uint64_t gaps_ = 0;
    std::uint32_t state_ = HAAS_OBM_CONSOLE_CONNECTED;
    std::vector<std::string> sentences_;
    std::string shut_;
    std::vector<std::string> breaches_;
};

}  // namespace haas::obm::testing

// A driver on strings: notes what it is asked, and answers when the test says so.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "haas/obm/abi.h"
#include "haas/obm/abi/console.h"

namespace haas::driver {

struct Puppet {
    struct Asked {
        std::string what;
        std::uint64_t node = 0;
        std::uint64_t operation = 0;
        std::uint64_t deadline_ns = 0;
        std::string argument;
    };

    const haas_obm_host* host = nullptr;
    std::vector<Asked> asked;  // since the last forget()

    // What create and attach answer.
    haas_obm_status status = HAAS_OBM_OK;
    std::string failure;
    bool gives_nothing = false;  // success, but no driver and no node
    bool completes_stop = true;
    bool answers_at_once = false;  // every operation, from inside the submitting call
    bool answers_cancel = false;   // with CANCELLED, from inside

    haas_obm_console_sink sink{};  // of the console that was opened last

    const Asked& last() const { return asked.back(); }
    // "attach,power_on,detach": the names of what was asked, in order.
    std::string story() const;

    // Ends an operation, as a driver does.
    void complete(std::uint64_t operation, haas_obm_completion completion) const;
    void done(std::uint64_t operation, std::int32_t power = HAAS_OBM_POWER_UNKNOWN) const;
    void fail(std::uint64_t operation, haas_obm_status why, const std::string& sentence, std::int32_t effect) const;

    // Tells an event of the console, as a driver does; what the host answers.
    std::int32_t print(const std::string& bytes) const;
    std::int32_t lose(std::uint64_t bytes) const;
    std::int32_t change(std::uint32_t state, const std::string& sentence) const;
    std::int32_t tell(haas_obm_console_event event) const;
};

// The one there is; made anew by forget().
Puppet& puppet();
void forget();

// With all capabilities; and without any.
const haas_obm_entry& puppet_entry();
const haas_obm_entry& bare_puppet_entry();

}  // namespace haas::driver

struct haas_obm_driver {};
struct haas_obm_node {
    std::uint64_t id;
};

// How a mock node shall behave, as the fields of its registration say: latency, failures, lost completions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "haas/obm/driver.hpp"
#include "plugins/mock/machine.hpp"

namespace haas::mock {

struct Script {
    Time latency{0};    // from request to answer
    Time slow{0};       // from acceptance to the new state
    Time cycle_off{0};  // how long a power cycle stays off
    bool on = false;    // at first

    // The trouble: which operations have it ("all", "power_on", ...), how many of them (0: always), and what it is.
    std::string trouble_with = "all";
    std::int64_t trouble_count = 0;
    std::optional<obm::Status> fail;
    obm::Effect effect = obm::Effect::none;  // what the failure claims
    obm::Final final = obm::Final::no;       // likewise
    bool apply = false;                      // the machine obeys although the answer is a failure, or lost
    bool lose_completion = false;            // no answer at all
    bool ignore = false;                     // the answer is success, and nothing happens

    Serial::Settings serial;
    obm::ConsoleState drop_state = obm::ConsoleState::disconnected;

    bool has_trouble() const { return fail.has_value() || lose_completion || ignore; }
};

// Throws obm::Failure(invalid) where a field is not as the schema says: a driver does not rely on it being enforced.
Script parse(const obm::Fields& fields);

}  // namespace haas::mock

// The core's values to and from the structs of the driver ABI.  What comes from a driver is copied and made clean: text
// is valid UTF-8 from here on, whatever a BMC sent.  Knows no driver.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/field.hpp"
#include "core/base/loop.hpp"
#include "core/base/result.hpp"
#include "haas/obm/abi.h"

namespace haas::driver {

inline haas_obm_text borrow(std::string_view text) noexcept { return {text.data(), text.size()}; }

// {NULL, n} is the empty text: a driver's mistake that should not cost the daemon its life.
inline std::string_view view(haas_obm_text text) noexcept {
    return text.data == nullptr ? std::string_view() : std::string_view(text.data, static_cast<std::size_t>(text.size));
}

// As RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text) noexcept;

// A copy in which each byte that is no part of valid UTF-8 has become U+FFFD.
std::string clean(std::string_view text);

// The fields as the ABI has them, pointing into `fields`, which must outlive the result.  Makes no copy of a secret.
std::vector<haas_obm_field> borrow(const Fields& fields);

// What a driver says of its node or of a result: the values, and the names of those that have none any more.
struct Copied {
    Fields values;
    std::vector<std::string> removed;
};
Copied copy(const haas_obm_field* fields, std::uint64_t count);

// How an operation ended, copied out of haas_obm_completion.
struct Outcome {
    haas_obm_status status = HAAS_OBM_INTERNAL;
    Effect effect = Effect::unknown;
    std::int32_t power = HAAS_OBM_POWER_UNKNOWN;
    std::string message;
    Fields values;
    bool final = false;
};
Outcome copy(const haas_obm_completion* completion);

// A point in time on the clock that drivers are given (haas_obm_host.now_ns): std::chrono::steady_clock, as the loop's.
std::uint64_t nanoseconds(Loop::Time time) noexcept;

}  // namespace haas::driver

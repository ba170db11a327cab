// On the way to a BMC, step by step as IPMI 2.0 section 13.15 (session activation) has them: at which step an error
// belongs, and what an operator can do about it.  Knows no BMC and no session.
#pragma once

#include <string_view>

#include "plugins/ipmi/command/error_class.hpp"

namespace haas::ipmi {

enum class Step : unsigned char { resolve, reach, negotiate, authenticate, chassis, boot, sol };

// Where a login, or the first command behind it, has failed.  `resolved`: there was an address to send to.
Step step_of(ErrorClass error, bool resolved) noexcept;

// One sentence for the operator; of boot and sol also what they lack.
std::string_view advice(Step step, ErrorClass error) noexcept;

}  // namespace haas::ipmi

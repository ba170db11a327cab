// What a BMC says of Serial over LAN before anybody opens it.  IPMI 2.0 section 26.3 (Get SOL Configuration Parameters) and
// table 26-5 (parameter 1, SOL Enable).
#pragma once

#include <optional>

#include "plugins/ipmi/command/request.hpp"

namespace haas::ipmi {

// Parameter 1 of the channel that the session comes in by.  80h as an answer means that the BMC lacks the parameter.
Request sol_enabled();
// Nothing when the answer is cut off.
std::optional<bool> parse_sol_enabled(ByteView data) noexcept;

}  // namespace haas::ipmi

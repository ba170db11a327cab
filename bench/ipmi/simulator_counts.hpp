// The simulator's own counts, asked on its control socket between two rounds: what really went over the wire.
#pragma once

#include <string>

namespace haas::bench {

// One line of JSON.  Throws std::system_error.
std::string simulator_totals(const std::string& control_socket);

}  // namespace haas::bench

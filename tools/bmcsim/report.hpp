// Counters and state of BMCs as JSON text, for the counters file and the control socket.
#pragma once

#include <string>

#include "tools/bmcsim/fleet.hpp"

namespace haas::bmcsim {

// What the socket counted.
struct SocketCounts {
    std::uint64_t foreign = 0;
    std::uint64_t unknown_address = 0;
    std::uint64_t send_errors = 0;
};

// {"bmcs": N, "total": {...}, "bmc": {"17": {...}}} of every BMC that was ever asked for something; `with_bmcs` false
// leaves "bmc" out.
std::string report(Fleet& fleet, const SocketCounts& socket, bool with_bmcs, Time now);
// The same of one BMC, asked for something or not.
std::string report_bmc(Fleet& fleet, std::uint32_t number, Time now);
std::string report_log(Fleet& fleet, std::uint32_t number);
std::string report_error(std::string_view message);

}  // namespace haas::bmcsim

// The kinds of failure that the IPMI driver tells apart; reply.cpp alone turns them into statuses of the driver
// ABI.
#pragma once

#include <cstdint>

namespace haas::ipmi {

enum class ErrorClass : std::uint8_t {
    unreachable,  // silence
    credentials,  // user name, password or Kg refused
    privilege,    // the account may not do this
    cipher,       // no cipher suite both sides accept
    busy,         // later may work
    unsupported,  // the BMC does not have it
    state,        // not in the present state of the managed system
    protocol,     // the answer makes no sense
};

}  // namespace haas::ipmi

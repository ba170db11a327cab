// The one list of ways an operation can fail, from a BMC's answer up to an HTTP status.
// It is projected twice, and only there: to the driver ABI in core/driver/status.cpp, to HTTP in core/api/error.cpp.
#pragma once

#include <cstdint>
#include <string_view>

namespace haas {

enum class Errc : std::uint8_t {
    // the caller's doing
    invalid,          // malformed, missing, unknown or mistyped input
    bad_argument,     // well-formed, but not a value this daemon knows (type URI, boot device)
    unauthenticated,  // no credential, or a wrong one
    forbidden,        // known, but without the right
    not_found,        // no such node, label or route
    duplicate,        // the name is taken
    conflict,         // the object is in use, or going away
    state,            // the managed system is in a state that does not allow it (IPMI completion code D5h)
    unsupported,      // the driver, or the BMC, does not have the capability
    // the BMC's doing
    unreachable,           // no answer, no route, name does not resolve
    credentials_rejected,  // user name, password or Kg refused: final until they change
    privilege,             // the account may not do this
    cipher,                // no cipher suite both sides accept
    protocol,              // the answer makes no sense
    busy,                  // out of sessions or resources: later may work
    timed_out,             // the deadline passed
    // ours
    cancelled,  // given up before it was carried out: shutdown, node deleted
    internal,   // a defect, a full disk
};

// The stable name of a code, as logs and the `code` field of an HTTP error carry it: "unreachable".
std::string_view name(Errc code) noexcept;

}  // namespace haas

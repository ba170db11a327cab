// `haasd --hash-password`: a line for the users file from a password that never stands on a command line.
#pragma once

#include "core/base/result.hpp"
#include "core/base/secret.hpp"

namespace haas::daemon {

// One line of standard input; from a terminal it is asked for twice, and not shown.
Result<Secret> read_password();

// The exit code.
int hash_password();

}  // namespace haas::daemon

// haasd --check: all that would keep the daemon from starting with this configuration, said at once.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace haas::daemon {

// Prints every problem, or that there is none, on stdout; returns the exit code.  Opens the drivers' libraries and reads
// the database and the token file; starts, binds and creates nothing.
int check(const std::filesystem::path& file, const std::optional<std::string>& listen);

}  // namespace haas::daemon

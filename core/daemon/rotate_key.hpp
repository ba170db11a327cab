// `haasd --rotate-key`: the BMC passwords of a database that no daemon uses get a new key.
#pragma once

#include <filesystem>

#include "core/config/config.hpp"

namespace haas::daemon {

// The exit code.  Killed at any moment, it leaves a database that the key files beside it open.
int rotate_key(const config::Loaded& loaded, const std::filesystem::path& file);

}  // namespace haas::daemon

// The composition root: builds the rooms in order, opens the door, and closes all in reverse.
#pragma once

#include <vector>

#include "core/config/config.hpp"

namespace haas::daemon {

// Runs until a signal ends it; returns the exit code.  `problems` are those of the configuration: the ones found here
// join them before they are logged.
int run(const config::Config& config, std::vector<config::Problem> problems, const std::filesystem::path& file);

}  // namespace haas::daemon

// Opens the drivers that haas.cfg names, all of them before any is started, and says all that is wrong at once.
#pragma once

#include <vector>

#include "core/config/config.hpp"
#include "core/driver/library.hpp"

namespace haas::daemon {

struct Opened {
    const config::Extension* extension;
    driver::Library library;
};

// In file order.  What could not be opened is left out and adds to `problems`.  `config` outlives the result.
std::vector<Opened> open_libraries(const config::Config& config, std::vector<config::Problem>& problems);

}  // namespace haas::daemon

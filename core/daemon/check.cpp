#include "core/daemon/check.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/auth/authenticator.hpp"
#include "core/config/config.hpp"
#include "core/daemon/libraries.hpp"
#include "core/store/check.hpp"

namespace haas::daemon {

int check(const std::filesystem::path& file, const std::optional<std::string>& listen) {
    config::Loaded loaded = config::load(file, listen);
    std::vector<config::Problem>& problems = loaded.problems;
    std::vector<Opened> drivers;
    // What is wrong in the file is said with all the rest, as far as the rest can be looked at.
    if (!loaded.config.database.empty()) {
        drivers = open_libraries(loaded.config, problems);
        const auto complain = [&](const Result<void>& result) {
            if (!result) problems.push_back({config::Severity::error, 0, result.error().message});
        };
        complain(store::check(loaded.config.database));
        if (loaded.config.auth.mode == config::AuthMode::required) {
            complain(auth::check_admin_token_file(loaded.config.auth.admin_token_file));
        }
    }
    for (const config::Problem& problem : problems) fmt::print("{}\n", config::describe(problem, file));
    const auto errors = std::count_if(problems.begin(), problems.end(), [](const config::Problem& problem) {
        return problem.severity == config::Severity::error;
    });
    if (errors > 0) {
        fmt::print("{}: {} error{}\n", file.string(), errors, errors == 1 ? "" : "s");
        return 2;
    }
    for (const Opened& one : drivers) {
        const driver::Description& driver = one.library.description();
        fmt::print("{}: {} {} serves {}\n", one.extension->written, driver.name, driver.version, driver.type_uri);
    }
    fmt::print("{}: ok\n", file.string());
    return 0;
}

}  // namespace haas::daemon

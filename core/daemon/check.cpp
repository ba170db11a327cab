#include "core/daemon/check.hpp"

#include <algorithm>

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "core/auth/gate.hpp"
#include "core/config/config.hpp"
#include "core/console/posix_files.hpp"
#include "core/daemon/libraries.hpp"
#include "core/http/server.hpp"
#include "core/store/check.hpp"

namespace haas::daemon {
namespace {

// Could the listeners use these?  Nothing is bound.
Result<void> check_tls(http::Tls files) {
    if (files.certificate.empty() || files.private_key.empty()) return {};  // which has been said
    boost::asio::io_context io;
    http::Server server(io, {}, [](http::Request, const http::Respond&) {});
    return server.load_tls(std::move(files));
}

}  // namespace

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
        const config::Config& config = loaded.config;
        complain(store::check({config.database, config.secrets.key_file}));
        if (config.auth.mode == config::AuthMode::required) {
            complain(auth::Gate::check({config.auth.admin_token_file, config.auth.users_file}));
        }
        complain(console::check_files(config.console.folder));
        const auto& listeners = config.http.listen;
        if (std::any_of(listeners.begin(), listeners.end(), [](const config::Listen& one) { return one.tls; })) {
            complain(check_tls({config.tls.certificate, config.tls.private_key, config.tls.client_ca}));
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

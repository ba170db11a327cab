#include "core/daemon/command_line.hpp"

#include <CLI/CLI.hpp>

#include "haas/obm/abi.h"

namespace haas::daemon {

std::variant<CommandLine, int> parse_command_line(int argc, const char* const* argv) {
    CLI::App app("haasd, an out-of-band management daemon: power, boot device, state and console of servers through their BMCs.");
    app.footer(
        "Signals: SIGTERM and SIGINT finish what runs and exit 0; a second one ends at once.\n"
        "Exit codes: 0 done, 1 could not start or run, 2 wrong command line or haas.cfg.\n"
        "Example: haasd --check /etc/haas/haas.cfg && systemctl restart haasd");
    CommandLine line;
    std::string config = "/etc/haas/haas.cfg";
    std::string checked;
    std::string listen;
    app.add_option("--config", config, "The configuration file")->capture_default_str()->type_name("FILE");
    app.add_option("--listen", listen, "Where to listen, instead of [http] listen: 127.0.0.1:5000, [::1]:0, a comma list")
        ->type_name("ADDRESS:PORT");
    auto* check = app.add_option("--check", checked, "Say all that is wrong with the configuration and its drivers, change nothing")
                      ->type_name("[FILE]")
                      ->expected(0, 1);
    bool hashes = false;
    bool rotates = false;
    auto* hash = app.add_flag("--hash-password", hashes, "Read a password, print its hash for a line of [auth] users_file");
    auto* rotate = app.add_flag("--rotate-key", rotates, "Encrypt the BMC passwords with a new key; the daemon must not run");
    check->excludes(hash)->excludes(rotate);
    hash->excludes(rotate);
    app.set_version_flag("--version", "haasd " HAAS_VERSION " (driver ABI " HAAS_ABI_VERSION ")");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    if (check->count() > 0) line.task = CommandLine::Task::check;
    if (hashes) line.task = CommandLine::Task::hash_password;
    if (rotates) line.task = CommandLine::Task::rotate_key;
    line.config = !checked.empty() ? checked : config;
    if (!listen.empty()) line.listen = listen;
    return line;
}

}  // namespace haas::daemon

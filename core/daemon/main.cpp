// haasd: reads the command line and the configuration, and hands over to the daemon.
#include <exception>

#include <fmt/format.h>
#include <sys/stat.h>

#include "core/config/config.hpp"
#include "core/daemon/check.hpp"
#include "core/daemon/command_line.hpp"
#include "core/daemon/daemon.hpp"
#include "core/daemon/hardening.hpp"
#include "core/daemon/hash_password.hpp"
#include "core/daemon/rotate_key.hpp"

namespace {

int start(int argc, char** argv) {
    using namespace haas::daemon;
    const auto parsed = parse_command_line(argc, argv);
    if (const int* code = std::get_if<int>(&parsed)) return *code;
    const CommandLine& line = std::get<CommandLine>(parsed);
    umask(0077);  // whatever is created is for this user only
    keep_memory_private();
    using Task = CommandLine::Task;
    if (line.task == Task::hash_password) return hash_password();
    if (line.task == Task::check) return check(line.config, line.listen);
    haas::config::Loaded loaded = haas::config::load(line.config, line.listen);
    if (line.task == Task::rotate_key) return rotate_key(loaded, line.config);
    return run(loaded.config, std::move(loaded.problems), line.config);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return start(argc, argv);
    } catch (const std::exception& error) {
        fmt::print(stderr, "haasd: {}\n", error.what());
        return 1;
    }
}

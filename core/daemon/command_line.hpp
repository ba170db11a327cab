// What the command line asks for.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>

namespace haas::daemon {

struct CommandLine {
    enum class Task { serve, check, hash_password, rotate_key };

    Task task = Task::serve;
    std::filesystem::path config;
    std::optional<std::string> listen;
};

// The command line, or the exit code of a process that has already said what was asked for (--help, --version) or what
// was wrong.
std::variant<CommandLine, int> parse_command_line(int argc, const char* const* argv);

}  // namespace haas::daemon

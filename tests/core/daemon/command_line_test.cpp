#include "core/daemon/command_line.hpp"

#include <vector>

#include <catch2/catch.hpp>

using haas::daemon::CommandLine;
using haas::daemon::parse_command_line;

namespace {

std::variant<CommandLine, int> parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "haasd");
    return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

}  // namespace

TEST_CASE("without arguments it is the installed configuration") {
    const auto line = std::get<CommandLine>(parse({}));
    CHECK(line.config == "/etc/haas/haas.cfg");
    CHECK(line.task == CommandLine::Task::serve);
    CHECK_FALSE(line.listen);
}

TEST_CASE("the option --check takes a file, or that of --config, or the installed one") {
    CHECK(std::get<CommandLine>(parse({"--check"})).config == "/etc/haas/haas.cfg");
    CHECK(std::get<CommandLine>(parse({"--check"})).task == CommandLine::Task::check);
    CHECK(std::get<CommandLine>(parse({"--check", "a.cfg"})).config == "a.cfg");
    CHECK(std::get<CommandLine>(parse({"--config", "b.cfg", "--check"})).config == "b.cfg");
    CHECK(std::get<CommandLine>(parse({"--config=c.cfg", "--listen", "[::1]:0"})).listen == "[::1]:0");
}

TEST_CASE("one task at a time") {
    CHECK(std::get<CommandLine>(parse({"--hash-password"})).task == CommandLine::Task::hash_password);
    CHECK(std::get<CommandLine>(parse({"--rotate-key", "--config", "a.cfg"})).task == CommandLine::Task::rotate_key);
    CHECK(std::get<int>(parse({"--hash-password", "--rotate-key"})) == 2);
    CHECK(std::get<int>(parse({"--check", "--rotate-key"})) == 2);
}

TEST_CASE("what is not understood ends with 2, what is only asked with 0") {
    CHECK(std::get<int>(parse({"--frobnicate"})) == 2);
    CHECK(std::get<int>(parse({"stray"})) == 2);
    CHECK(std::get<int>(parse({"--config"})) == 2);
    CHECK(std::get<int>(parse({"--help"})) == 0);
    CHECK(std::get<int>(parse({"--version"})) == 0);
}

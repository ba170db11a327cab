// The arguments of haas-bmcsim.  Nothing is opened here.
#pragma once

#include "tools/bmcsim/fleet.hpp"

namespace haas::bmcsim {

struct CommandLine {
    std::string address = "127.1.0.1";
    std::uint32_t count = 1;
    std::uint16_t port = 6230;
    std::uint64_t seed = 1;
    std::string counters_file;
    std::string control_socket;
    Profile profile;
    std::vector<Rule> rules;
};

// What to do: run, or print `text` and end with `exit_code`.
struct Parsed {
    CommandLine command_line;
    bool run = false;
    int exit_code = 0;
    std::string text;
};
Parsed parse_command_line(int argc, const char* const* argv);

}  // namespace haas::bmcsim

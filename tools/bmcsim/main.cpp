// haas-bmcsim: simulated BMCs on loopback, for tests, benchmarks and people without hardware.
#include <cstdio>
#include <exception>

#include <fmt/format.h>

#include "tools/bmcsim/simulator.hpp"

int main(int argc, char** argv) {
    try {
        auto parsed = haas::bmcsim::parse_command_line(argc, argv);
        if (!parsed.run) {
            fmt::print(parsed.exit_code == 0 ? stdout : stderr, "{}", parsed.text);
            return parsed.exit_code;
        }
        haas::bmcsim::Simulator simulator(std::move(parsed.command_line));
        fmt::print("{}\n", simulator.ready_line());
        std::fflush(stdout);
        return simulator.run() ? 0 : 1;
    } catch (const std::exception& fault) {
        fmt::print(stderr, "haas-bmcsim: {}\n", fault.what());
        return 1;
    }
}

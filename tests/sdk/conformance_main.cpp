// Holds one driver file to the contract: FILE [name=value]...; prints the findings, and fails if there are any.
#include <iostream>
#include <string>
#include <string_view>

#include "haas/obm/testing.hpp"

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "usage: conformance FILE [name=value]...\n";
        return 2;
    }
    haas::obm::testing::Setup setup;
    for (int i = 2; i < argc; ++i) {
        const std::string_view argument = argv[i];
        const std::size_t equals = std::min(argument.find('='), argument.size() - 1);
        setup.fields.push_back({std::string(argument.substr(0, equals)), std::string(argument.substr(equals + 1))});
    }
    const std::vector<std::string> findings = haas::obm::testing::conformance(std::string(argv[1]), setup);
    for (const std::string& finding : findings) std::cout << argv[1] << ": " << finding << '\n';
    return findings.empty() ? 0 : 1;
}

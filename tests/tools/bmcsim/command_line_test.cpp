#include "tools/bmcsim/command_line.hpp"

#include <catch2/catch.hpp>

using namespace haas::bmcsim;
using Catch::Matchers::Contains;

namespace {

Parsed parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "haas-bmcsim");
    return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

}  // namespace

TEST_CASE("without arguments it is one BMC") {
    const Parsed parsed = parse({});
    REQUIRE(parsed.run);
    CHECK(parsed.command_line.count == 1);
    CHECK(parsed.command_line.address == "127.1.0.1");
    CHECK(parsed.command_line.port == 6230);
    CHECK(parsed.command_line.profile.users.size() == 3);
}

TEST_CASE("settings are options, and may come more than once") {
    const Parsed parsed = parse({"-n", "100", "-p", "0", "--latency", "5", "--quirk", "icts", "--quirk", "authcap", "--dead",
                                 "--user", "a:b:user", "--at", "10-19: dead=no", "--at", "1%: loss=1%", "--seed", "7"});
    INFO(parsed.text);
    REQUIRE(parsed.run);
    const CommandLine& chosen = parsed.command_line;
    CHECK(chosen.count == 100);
    CHECK(chosen.port == 0);
    CHECK(chosen.seed == 7);
    CHECK(chosen.profile.latency == milliseconds(5));
    CHECK(chosen.profile.has(Quirk::icts));
    CHECK(chosen.profile.has(Quirk::authcap));
    CHECK(chosen.profile.dead);
    CHECK(chosen.profile.users.size() == 4);
    REQUIRE(chosen.rules.size() == 2);
    CHECK(chosen.rules[1].share == 0.01);
}

TEST_CASE("--help names every setting, and --list-quirks every quirk") {
    const Parsed help = parse({"--help"});
    CHECK_FALSE(help.run);
    CHECK(help.exit_code == 0);
    for (const Setting& setting : settings()) {
        CHECK_THAT(help.text, Contains("--" + std::string(setting.name)));
    }
    for (const char* option : {"--count", "--address", "--port", "--seed", "--counters", "--control", "--at", "--list-quirks"}) {
        CHECK_THAT(help.text, Contains(option));
    }
    const Parsed list = parse({"--list-quirks"});
    CHECK(list.exit_code == 0);
    for (const QuirkName& quirk : quirk_names()) {
        CHECK_THAT(list.text, Contains(std::string(quirk.name)));
    }
}

TEST_CASE("what is wrong is refused with status 2 and its reason") {
    struct Wrong {
        std::vector<const char*> arguments;
        const char* reason;
    };
    const auto wrong = GENERATE(values<Wrong>({{{"--quirk", "odd"}, "odd"},
                                               {{"--latency", "fast"}, "fast"},
                                               {{"--address", "10.0.0.1"}, "10.0.0.1"},
                                               {{"--address", "localhost"}, "localhost"},
                                               {{"-n", "0"}, "0 BMCs"},
                                               {{"-n", "5", "--at", "6: dead"}, "6"},
                                               {{"--at", "dead"}, "colon"},
                                               {{"--no-such"}, "no-such"},
                                               {{"stray"}, "stray"}}));
    const Parsed parsed = parse(wrong.arguments);
    CHECK_FALSE(parsed.run);
    CHECK(parsed.exit_code == 2);
    CHECK_THAT(parsed.text, Contains(wrong.reason));
}

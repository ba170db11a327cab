#include "core/daemon/libraries.hpp"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "tests/core/daemon/workplace.hpp"

namespace config = haas::config;
using Catch::Contains;
using haas::daemon::open_libraries;
using haas::daemon::Workplace;

namespace {

config::Config with(std::vector<config::Extension> extensions, const std::filesystem::path& plugin_path) {
    config::Config made;
    made.general.plugin_path = {plugin_path};
    made.extensions = std::move(extensions);
    return made;
}

config::Extension named(const std::string& name, std::size_t line, const std::filesystem::path& library = {}) {
    config::Extension made;
    made.name = made.written = name;
    made.line = line;
    made.library = library;
    return made;
}

}  // namespace

TEST_CASE("a driver is found on the plugin path") {
    std::vector<config::Problem> problems;
    const auto made = with({named("haas.ext.obm.mock", 2)}, HAAS_TEST_PLUGIN_DIR);
    const auto opened = open_libraries(made, problems);
    CHECK(problems.empty());
    REQUIRE(opened.size() == 1);
    CHECK(opened.front().library.description().type_uri == "http://schema.massopencloud.org/haas/v0/obm/mock");
}

TEST_CASE("all that is wrong is said at once, each with its line") {
    const Workplace place;
    place.write("text.so", "this is no library\n");
    const std::filesystem::path mock = std::filesystem::path(HAAS_TEST_PLUGIN_DIR) / "haas.ext.obm.mock.so";
    const auto made = with({named("haas.ext.obm.mock", 2), named("acme.obm.none", 3), named("acme.obm.text", 4, place / "text.so"),
                            named("acme.obm.copy", 5, mock), named("acme.obm.libc", 6, "/lib/x86_64-linux-gnu/libm.so.6")},
                           HAAS_TEST_PLUGIN_DIR);
    std::vector<config::Problem> problems;
    CHECK(open_libraries(made, problems).size() == 1);
    REQUIRE(problems.size() == 4);
    CHECK(problems[0].line == 3);
    CHECK_THAT(problems[0].text, Contains("acme.obm.none") && Contains(std::string(HAAS_TEST_PLUGIN_DIR) + "/acme.obm.none.so"));
    CHECK(problems[1].line == 4);
    CHECK_THAT(problems[1].text, Contains("text.so"));
    CHECK(problems[2].line == 5);
    CHECK_THAT(problems[2].text, Contains("http://schema.massopencloud.org/haas/v0/obm/mock") && Contains("haas.ext.obm.mock of line 2"));
    CHECK(problems[3].line == 6);
    CHECK_THAT(problems[3].text, Contains("haas_obm_driver_entry"));
}

#include "core/daemon/plugin_path.hpp"

#include <fstream>

#include <catch2/catch.hpp>
#include <unistd.h>

using haas::daemon::default_plugin_path;

TEST_CASE("drivers are looked for in the build tree, or where they were installed to") {
    const auto root = std::filesystem::temp_directory_path() / ("haas_plugin_path_" + std::to_string(getpid()));
    std::filesystem::create_directories(root / "bin");
    CHECK(default_plugin_path(root / "bin" / "haasd").front() == root / HAAS_PLUGIN_INSTALL_DIR);
    std::ofstream(root / "CMakeCache.txt") << "\n";
    CHECK(default_plugin_path(root / "bin" / "haasd").front() == root / "lib" / "haas" / "plugins");
    std::filesystem::remove_all(root);
}

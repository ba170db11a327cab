#include "core/daemon/plugin_path.hpp"

namespace haas::daemon {

std::vector<std::filesystem::path> default_plugin_path(const std::filesystem::path& executable) {
    const std::filesystem::path root = executable.parent_path().parent_path();
    // A build tree has bin/haasd and lib/haas/plugins below one folder, and no installation has its CMake cache there.
    if (std::filesystem::exists(root / "CMakeCache.txt")) return {root / "lib" / "haas" / "plugins"};
    return {root / HAAS_PLUGIN_INSTALL_DIR};
}

std::filesystem::path this_executable() { return std::filesystem::read_symlink("/proc/self/exe"); }

}  // namespace haas::daemon

// Where drivers are looked for when haas.cfg does not say.
#pragma once

#include <filesystem>
#include <vector>

namespace haas::daemon {

// The folder of a build tree, when `executable` stands in one; else the installed one beside it, wherever it was
// installed to.
std::vector<std::filesystem::path> default_plugin_path(const std::filesystem::path& executable);

// The path of this process's own program.
std::filesystem::path this_executable();

}  // namespace haas::daemon

#include "core/daemon/libraries.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/api/schema.hpp"
#include "core/daemon/plugin_path.hpp"

namespace haas::daemon {
namespace {

Result<driver::Library> open_one(const config::Extension& extension, const std::vector<std::filesystem::path>& plugin_path) {
    if (!extension.library.empty()) return driver::Library::open(extension.library, api::check_schema);
    const Result<std::filesystem::path> file = driver::find_library(extension.name, plugin_path);
    if (!file) return tl::unexpected(file.error());
    return driver::Library::open(*file, api::check_schema);
}

}  // namespace

std::vector<Opened> open_libraries(const config::Config& config, std::vector<config::Problem>& problems) {
    const std::vector<std::filesystem::path> plugin_path =
        config.general.plugin_path.empty() ? default_plugin_path(this_executable()) : config.general.plugin_path;
    std::vector<Opened> opened;
    for (const config::Extension& extension : config.extensions) {
        Result<driver::Library> library = open_one(extension, plugin_path);
        const auto complain = [&](const std::string& why) {
            problems.push_back({config::Severity::error, extension.line, fmt::format("{}: {}", extension.written, why)});
        };
        if (!library) {
            complain(library.error().message);
            continue;
        }
        const std::string& type = library->description().type_uri;
        const auto other = std::find_if(opened.begin(), opened.end(),
                                        [&](const Opened& one) { return one.library.description().type_uri == type; });
        if (other != opened.end()) {
            complain(fmt::format("serves the type {}, which {} of line {} serves already; keep one of them", type,
                                 other->extension->written, other->extension->line));
            continue;
        }
        opened.push_back({&extension, std::move(*library)});
    }
    return opened;
}

}  // namespace haas::daemon

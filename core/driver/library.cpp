#include "core/driver/library.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>

#include <boost/dll/shared_library.hpp>
#include <fmt/format.h>

#include "core/driver/entry_check.hpp"

namespace haas::driver {
namespace {

namespace fs = std::filesystem;

Failure refused(const fs::path& file, std::string_view why) {
    return fail(Errc::bad_argument, fmt::format("{} is no usable driver: {}", file.string(), why));
}

// The file, or the folder it stands in: may only root and the user of this process write it?  ACLs that give more show
// in the group's bits.
Result<void> check_owner(const fs::path& path, const fs::path& file) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) {
        return refused(file, std::error_code(errno, std::generic_category()).message());
    }
    if (found.st_uid != 0 && found.st_uid != ::geteuid()) {
        return refused(file, fmt::format("expected {} to belong to root or to user {}, got user {}", path.string(),
                                         ::geteuid(), found.st_uid));
    }
    if ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return refused(file, fmt::format("expected {} to be writable by its owner only, got mode {:o}", path.string(),
                                         found.st_mode & 07777U));
    }
    return {};
}

// Between this check and the load the name could be made to mean another file, but only by someone who may write the
// folder, and the folder was checked to be root's or ours.  Someone who may rename a folder further up decides what this
// machine runs anyway.  (Loading through /proc/self/fd would close even that, and break every driver that finds its own
// files by $ORIGIN.)
Result<void> check_trusted(const fs::path& file) {
    if (!fs::is_regular_file(file)) return refused(file, "expected a regular file, got something else");
    if (auto checked = check_owner(file, file); !checked) return checked;
    return check_owner(file.parent_path(), file);
}

// Boost.DLL says "shared_library::load() failed (dlerror system message: <what one wants to know>): <an errno>".
std::string_view reason(std::string_view what) {
    constexpr std::string_view before = "dlerror system message: ";
    const std::size_t start = what.find(before);
    const std::size_t end = what.rfind("): ");
    if (start == std::string_view::npos || end == std::string_view::npos) return what;
    return what.substr(start + before.size(), end - start - before.size());
}

// Loads and keeps for ever: code that has run once may have left its address anywhere.
Result<boost::dll::shared_library*> load(const fs::path& file) {
    // Reached from a static, so that a leak checker can tell this from a leak.
    static auto& kept = *new std::vector<std::unique_ptr<boost::dll::shared_library>>;
    auto library = std::make_unique<boost::dll::shared_library>();
    try {
        // RTLD_NOW: what is missing fails here, not in the middle of an operation.  RTLD_LOCAL: drivers do not see each
        // other's symbols.
        library->load(file, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
    } catch (const std::exception& error) {
        return refused(file, fmt::format("expected a shared object that loads, got: {}", reason(error.what())));
    }
    kept.push_back(std::move(library));
    return kept.back().get();
}

}  // namespace

Result<fs::path> find_library(std::string_view extension, const std::vector<fs::path>& plugin_path) {
    std::string tried;
    for (const fs::path& folder : plugin_path) {
        fs::path file = folder / (std::string(extension) + ".so");
        std::error_code ignored;
        if (fs::exists(file, ignored)) return file;
        tried += (tried.empty() ? "" : ", ") + file.string();
    }
    return fail(Errc::not_found,
                fmt::format("no library for extension {}; tried {}", extension, tried.empty() ? "no folder" : tried));
}

Result<Library> Library::open(const fs::path& file, const SchemaCheck& check) {
    std::error_code error;
    const fs::path resolved = fs::canonical(file, error);
    if (error) return fail(Errc::not_found, fmt::format("cannot open driver {}: {}", file.string(), error.message()));
    if (const auto trusted = check_trusted(resolved); !trusted) return tl::unexpected(trusted.error());
    const auto loaded = load(resolved);
    if (!loaded) return tl::unexpected(loaded.error());
    if (!(*loaded)->has(HAAS_OBM_ENTRY_SYMBOL)) {
        return refused(file, "expected the symbol " HAAS_OBM_ENTRY_SYMBOL ", got a library without it");
    }
    Result<Library> library = built_in((*loaded)->get<const haas_obm_entry>(HAAS_OBM_ENTRY_SYMBOL), check);
    if (!library) return refused(file, library.error().message);
    return library;
}

Result<Library> Library::built_in(const haas_obm_entry& entry, const SchemaCheck& check) {
    Result<Description> description = check_entry(entry, check);
    if (!description) return tl::unexpected(std::move(description.error()));
    return Library(entry, std::move(*description));
}

}  // namespace haas::driver

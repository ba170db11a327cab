// Could the daemon use this database?  Asked by `haasd --check`, which must leave no trace.
#pragma once

#include <filesystem>

#include "core/base/result.hpp"

namespace haas::store {

// Would SqliteStore::open() succeed, as far as can be told without writing: the file, if there is one, is a whole
// database of ours of a version we know; if there is none, its folder exists and may be written.  Creates and changes
// nothing, takes no lock, and may be asked while a daemon runs on the file.
Result<void> check(const std::filesystem::path& file);

}  // namespace haas::store

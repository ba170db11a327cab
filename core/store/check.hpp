// Could the daemon use this database?  Asked by `haasd --check`, which must leave no trace.
#pragma once

#include "core/base/result.hpp"
#include "core/store/files.hpp"

namespace haas::store {

// Would SqliteStore::open() succeed, as far as can be told without writing: the file, if there is one, is a whole
// database of ours of a version we know, and the key file opens its secrets; what is not there could be made.  Creates
// and changes nothing, takes no lock, and may be asked while a daemon runs on the file.
Result<void> check(const Files& files);

}  // namespace haas::store

// The two files of a store, which belong together.
#pragma once

#include <filesystem>

namespace haas::store {

struct Files {
    std::filesystem::path database;
    // Opens the secrets in the database, and no other database's: rotating it for one would shut the other.
    std::filesystem::path key;
};

}  // namespace haas::store

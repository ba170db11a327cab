// The layout of the database file, how a file gets it, and whether a file is ours at all.  Private to core/store.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "core/base/result.hpp"
#include "core/store/sqlite.hpp"

namespace haas::store {

// "HAAS" in ASCII, in the file's header: `file haas.db` shows it, and no other program's database is taken for ours.
inline constexpr std::int64_t application_id = 0x48414153;

// How long SQLite waits for another program's lock: long enough for an administrator's sqlite3 to finish, short enough
// for a client to still be there.
inline constexpr int busy_timeout_ms = 5000;

// The statements that lead from version n to n + 1, at index n.  Released ones are never edited: a change is a new one.
std::span<const char* const> migrations();

// The version of the layout (PRAGMA user_version), 0 for an empty file.  Refuses what is no SQLite database, another
// program's, or newer than `newest`.
Result<std::int64_t> identify(Database& database, std::int64_t newest);

// Applies what is missing, each step and its version number in one transaction.
Result<void> migrate(Database& database, std::span<const char* const> steps);

// Opens the database of a resolved path for writing, creates it if missing, and brings it up to date.  The caller holds
// the daemon's lock.
Result<Database> open_database(const std::filesystem::path& file);

}  // namespace haas::store

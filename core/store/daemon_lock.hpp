// One daemon per database: an operating-system lock that dies with its holder.  Knows files, no SQLite.
//
// The lock is flock(2) on a file of its own, `<database>.lock`, and not on the database, because
//   - closing any descriptor of a file drops all POSIX locks that the process has on it: with a descriptor of our own
//     on the database, a refused second open in this process would silently take away the locks SQLite relies on;
//   - on NFS flock is itself carried out as POSIX locks on the whole file, and would clash with SQLite's;
//   - SQLite's own exclusive mode would also shut out `sqlite3 … .backup` and `haasd --check` while the daemon runs.
// The file stays when the lock goes: removing it would let a third daemon lock a new file of that name while a second
// still waits on the old one.  It stands beside the database itself, behind all symbolic links, so every path to one
// database meets the same lock.  A database with several hard links is refused: SQLite names its log after the path, so
// two names of one file would be two logs, and the file's ruin.
#pragma once

#include <filesystem>
#include <utility>

#include "core/base/result.hpp"

namespace haas::store {

// Where the database is, or would be made, behind all symbolic links, a dangling last one included.  The folder must
// exist, and what is there already must be a regular file with one name.  Opens nothing.
Result<std::filesystem::path> resolve_database(const std::filesystem::path& file);

class DaemonLock {
public:
    // `database` is resolved.  Does not wait: Errc::conflict, with the holder's pid, when another daemon has it.
    static Result<DaemonLock> take(const std::filesystem::path& database);

    DaemonLock(DaemonLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    DaemonLock& operator=(DaemonLock&&) = delete;
    ~DaemonLock();

private:
    explicit DaemonLock(int descriptor) : descriptor_(descriptor) {}

    int descriptor_;
};

}  // namespace haas::store

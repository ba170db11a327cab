#include "core/store/check.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/store/daemon_lock.hpp"
#include "core/store/schema.hpp"
#include "core/store/settle.hpp"
#include "core/store/sqlite.hpp"

namespace haas::store {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t version_with_secrets = 3;

std::uintmax_t size_of(const fs::path& file) {
    std::error_code missing;
    const auto size = fs::file_size(file, missing);
    return missing ? 0 : size;
}

Result<void> may(const fs::path& file, int access, std::string_view doing) {
    if (::faccessat(AT_FDCWD, file.c_str(), access, AT_EACCESS) != 0) {
        return fail(Errc::internal, fmt::format("cannot {} {}: {}", doing, file.string(), std::strerror(errno)));
    }
    return {};
}

// A key file that is not there is made at the first start, if there is nothing yet that only a lost one opens.
template <class Key>
Result<void> check_key(const Result<Key>& found, const fs::path& file) {
    if (found) return {};
    if (found.error().code != Errc::not_found) return Failure(found.error());
    return may(file.has_parent_path() ? file.parent_path() : fs::path("."), W_OK | X_OK, "write the folder");
}

}  // namespace

Result<void> check(const Files& files) {
    const auto file = resolve_database(files.database);
    if (!file) return Failure(file.error());
    // SQLite makes files beside the database.
    if (auto writable = may(file->parent_path(), W_OK | X_OK, "write the folder"); !writable) return writable;
    std::error_code failed;
    if (!fs::exists(*file, failed)) return check_key(SealingKey::load(files.key), files.key);
    if (auto readable = may(*file, R_OK | W_OK, "read and write the database"); !readable) return readable;

    // A rollback journal is what a first start leaves that was cut short: open() undoes it, and until then the file's
    // content means nothing.
    if (size_of(file->string() + "-journal") > 0) return {};
    // A read-only connection to a WAL database still makes -wal and -shm where they are missing.  So: with a log that
    // has frames and its index (a daemon runs, or was killed) use them as they are; else the file alone is the
    // database.  (A log without its index, as a careless copy may leave it, is not looked into: open() will.)  A log
    // with nothing behind its header, as a kill may leave it, SQLite's way of reading without writing takes for one
    // that changes all the time, and gives up after ten seconds.
    constexpr std::uintmax_t log_header = 32;  // https://www.sqlite.org/fileformat2.html#walformat
    const bool live = size_of(file->string() + "-wal") > log_header && size_of(file->string() + "-shm") > 0;
    auto database =
        Database::open(file_uri(*file) + (live ? "?readonly_shm=1" : "?immutable=1"), *file, SQLITE_OPEN_READONLY);
    if (!database) return Failure(std::move(database).error());
    database->set_busy_timeout(busy_timeout_ms);

    const auto version = identify(*database, static_cast<std::int64_t>(migrations().size()));
    if (!version) return Failure(version.error());
    const auto verdict = database->text("PRAGMA quick_check(1)");
    if (!verdict) return Failure(verdict.error());
    if (*verdict != "ok") {
        return fail(Errc::internal, fmt::format("the database {} is damaged: {}", file->string(), *verdict));
    }
    // An older layout has no secrets that are sealed.
    if (*version < version_with_secrets) return check_key(SealingKey::load(files.key), files.key);
    return check_key(find_key(*database, files.key), files.key);
}

}  // namespace haas::store

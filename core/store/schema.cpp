#include "core/store/schema.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/base/log.hpp"

namespace haas::store {
namespace {

namespace fs = std::filesystem;

// STRICT: a column holds what it says.  The one ANY column keeps each value as it was bound, and `kind` says how to
// read it, because SQLite has no bool.
constexpr std::array<const char*, 4> all_migrations{R"sql(
    PRAGMA application_id = 0x48414153;
    CREATE TABLE node (
        id INTEGER PRIMARY KEY,
        label TEXT NOT NULL UNIQUE,
        type TEXT NOT NULL
    ) STRICT;
    CREATE TABLE field (
        node INTEGER NOT NULL REFERENCES node (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        name TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('string', 'int', 'bool')),
        value ANY NOT NULL CHECK (typeof(value) = iif(kind = 'string', 'text', 'integer')),
        PRIMARY KEY (node, position),
        UNIQUE (node, name)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE metadata (
        node INTEGER NOT NULL REFERENCES node (id) ON DELETE CASCADE,
        label TEXT NOT NULL,
        json TEXT NOT NULL,
        PRIMARY KEY (node, label)
    ) STRICT, WITHOUT ROWID;
)sql",
                                                      R"sql(
    ALTER TABLE node ADD COLUMN refusal TEXT NOT NULL DEFAULT '';
)sql",
                                                      // A database of before has held passwords in clear: what is left
                                                      // of them in its free places is due to be scrubbed.
                                                      R"sql(
    CREATE TABLE secret (
        node INTEGER PRIMARY KEY REFERENCES node (id) ON DELETE CASCADE,
        key_id BLOB NOT NULL,
        sealed BLOB NOT NULL
    ) STRICT;
    CREATE TABLE due (chore TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
    INSERT INTO due VALUES ('scrub');
    CREATE TABLE token (
        id TEXT PRIMARY KEY,
        node INTEGER NOT NULL REFERENCES node (id) ON DELETE CASCADE,
        rights INTEGER NOT NULL,
        label TEXT NOT NULL,
        digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
        created INTEGER NOT NULL,
        expires INTEGER NOT NULL,
        creator TEXT NOT NULL,
        obmd INTEGER NOT NULL CHECK (obmd IN (0, 1))
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX token_node ON token (node);
    CREATE UNIQUE INDEX token_obmd ON token (node) WHERE obmd = 1;
    CREATE TABLE audit (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        time_ms INTEGER NOT NULL,
        who TEXT NOT NULL,
        operation TEXT NOT NULL,
        node TEXT NOT NULL,
        outcome TEXT NOT NULL,
        code TEXT NOT NULL,
        request_id TEXT NOT NULL,
        detail TEXT NOT NULL,
        duration_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX audit_time ON audit (time_ms);
    CREATE INDEX audit_node ON audit (node, time_ms);
    CREATE INDEX audit_who ON audit (who, time_ms);
    CREATE TABLE task (
        id TEXT PRIMARY KEY,
        who TEXT NOT NULL,
        key TEXT NOT NULL,
        request_digest TEXT NOT NULL,
        operation TEXT NOT NULL,
        node TEXT NOT NULL,
        state TEXT NOT NULL,
        result_json TEXT NOT NULL,
        created_ms INTEGER NOT NULL,
        finished_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX task_key ON task (who, key) WHERE key <> '';
    CREATE INDEX task_finished ON task (finished_ms) WHERE finished_ms > 0;
)sql",
                                                      // What had refused for good until then was told as credentials.
                                                      R"sql(
    ALTER TABLE node ADD COLUMN refusal_code TEXT NOT NULL DEFAULT 'credentials';
)sql"};

Failure cannot(std::string_view doing, const fs::path& file, int error) {
    return fail(Errc::internal, fmt::format("cannot {} {}: {}", doing, file.string(), std::strerror(error)));
}

// An empty file that only the daemon's user may use, unless there is a file already.
Result<void> make_missing(const fs::path& file) {
    const int made = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (made < 0 && errno == EEXIST) return {};
    if (made < 0) return cannot("create the database", file, errno);
    const int failed = ::fchmod(made, 0600) == 0 ? 0 : errno;  // the umask may have taken even the owner's bits
    ::close(made);
    if (failed != 0) return cannot("set the mode of the database", file, failed);
    return {};
}

// Takes an existing database from the eyes of others.  New side files get its mode from SQLite, whatever the umask.
Result<void> make_private(const fs::path& file) {
    // By name, not by descriptor: closing one would drop the locks of the connection.
    for (const char* side : {"", "-wal", "-shm", "-journal"}) {
        const std::string name = file.string() + side;
        struct stat found {};
        if (::lstat(name.c_str(), &found) != 0 || (found.st_mode & 07777) == 0600) continue;
        if (::chmod(name.c_str(), 0600) != 0) return cannot("make private (mode 0600) the database", name, errno);
        log::warn("store.mode_corrected", {{"file", name}, {"was", fmt::format("{:04o}", found.st_mode & 07777)}});
    }
    return {};
}

}  // namespace

std::span<const char* const> migrations() { return all_migrations; }

Result<std::int64_t> identify(Database& database, std::int64_t newest) {
    const auto program = database.integer("PRAGMA application_id");
    const auto version = program ? database.integer("PRAGMA user_version") : program;
    const auto objects = version ? database.integer("SELECT count(*) FROM sqlite_schema") : version;
    if (!objects) return objects;

    if (*program == 0 && *version == 0 && *objects == 0) return 0;
    if (*program != application_id) {
        return fail(Errc::invalid, fmt::format("{} is another program's database (application_id {:#x}, not {:#x}): "
                                               "give haasd a file of its own",
                                               database.file().string(), *program, application_id));
    }
    if (*version < 1 || *version > newest) {
        return fail(Errc::invalid, fmt::format("the database {} has layout version {}, this haasd knows 1 to {}: "
                                               "use the haasd that wrote it, or a newer one",
                                               database.file().string(), *version, newest));
    }
    return *version;
}

Result<void> migrate(Database& database, std::span<const char* const> steps) {
    const auto found = identify(database, static_cast<std::int64_t>(steps.size()));
    if (!found) return Failure(found.error());

    for (auto version = static_cast<std::size_t>(*found); version < steps.size(); ++version) {
        const auto done = database.execute(
            fmt::format("BEGIN IMMEDIATE; {} ; PRAGMA user_version = {}; COMMIT", steps[version], version + 1).c_str());
        if (!done) {
            // The reason is what failed; that what has failed cannot be undone either would hide it.
            if (database.in_transaction()) (void)database.execute("ROLLBACK");
            return done;
        }
        log::info("store.migrated", {{"file", database.file().string()}, {"version", version + 1}});
    }
    return {};
}

Result<Database> open_database(const fs::path& file) {
    if (auto made = make_missing(file); !made) return Failure(std::move(made).error());
    auto database = Database::open(file_uri(file), file, SQLITE_OPEN_READWRITE);
    if (!database) return database;
    if (database->read_only()) return cannot("write the database", file, EACCES);

    database->set_busy_timeout(busy_timeout_ms);
    // Ours, before anything of it is changed.
    const auto version = identify(*database, static_cast<std::int64_t>(migrations().size()));
    if (!version) return Failure(version.error());
    if (auto closed = make_private(file); !closed) return Failure(std::move(closed).error());
    // secure_delete: a deleted password is overwritten in the file, not only unlinked from it.  FULL: COMMIT returns
    // when the disk has it.  cache_size: 256 KiB; nodes are read once, at start, and would fill SQLite's two MiB for good.
    auto ready = database->execute("PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; "
                                   "PRAGMA cache_size = -256");
    // Migrated before it becomes WAL: the main file then tells by itself whose it is, which check() relies on.
    if (ready) ready = migrate(*database, migrations());
    if (!ready) return Failure(std::move(ready).error());

    const auto mode = database->text("PRAGMA journal_mode = WAL");
    if (!mode) return Failure(mode.error());
    if (*mode != "wal") {
        return fail(Errc::internal,
                    fmt::format("the database {} cannot be kept with a write-ahead log (SQLite chose {}): "
                                "put it on a local disk",
                                file.string(), *mode));
    }
    return database;
}

}  // namespace haas::store

#include "core/store/rotation.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/store/daemon_lock.hpp"
#include "core/store/node_table.hpp"
#include "core/store/schema.hpp"
#include "core/store/settle.hpp"

namespace haas::store {
namespace {

namespace fs = std::filesystem;

// A file of that name that does not open the database is what an earlier attempt left behind.
Result<void> write_new_key(const SealingKey& key, const Files& files) {
    const fs::path file = new_key_file(files.key);
    if (::unlink(file.c_str()) != 0 && errno != ENOENT) {
        return fail(Errc::internal, fmt::format("cannot remove {}: {}", file.string(), std::strerror(errno)));
    }
    return key.save(file);
}

// Files that root makes here would be root's, and shut the daemon out.
Result<void> judge_user(const fs::path& database) {
    struct stat found {};
    if (::stat(database.c_str(), &found) != 0) {
        if (errno == ENOENT) {
            return fail(Errc::not_found, fmt::format("there is no database {}: nothing to rotate", database.string()));
        }
        return fail(Errc::internal, fmt::format("cannot look at the database {}: {}", database.string(),
                                                std::strerror(errno)));
    }
    if (found.st_uid != ::geteuid()) {
        return fail(Errc::forbidden, fmt::format("the database {} belongs to user id {}: rotate its key as that user "
                                                 "(runuser, sudo -u)",
                                                 database.string(), found.st_uid));
    }
    return {};
}

Result<std::size_t> seal_anew(Database& database, NodeTable& nodes, SealingKey key) {
    if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return Failure(std::move(begun).error());
    auto count = nodes.reseal(std::move(key));
    Result<void> done;
    if (!count) done = Failure(count.error());
    if (done) done = make_scrub_due(database);
    if (done) done = database.execute("COMMIT");
    if (done) return count;
    if (database.in_transaction()) (void)database.execute("ROLLBACK");
    return Failure(std::move(done).error());
}

}  // namespace

Result<Rotation> rotate_key(const Files& files) {
    const auto resolved = resolve_database(files.database);
    if (!resolved) return Failure(resolved.error());
    if (auto allowed = judge_user(*resolved); !allowed) return Failure(std::move(allowed).error());
    const auto lock = DaemonLock::take(*resolved);
    if (!lock) return Failure(lock.error());
    auto database = open_database(*resolved);
    if (!database) return Failure(std::move(database).error());
    auto old_key = settle_key(*database, files.key);
    if (!old_key) return Failure(std::move(old_key).error());
    auto nodes = NodeTable::prepare(*database, std::move(*old_key));
    if (!nodes) return Failure(std::move(nodes).error());

    auto new_key = SealingKey::make();
    if (!new_key) return Failure(std::move(new_key).error());
    Rotation rotation{0, printable_key_id(new_key->id())};
    if (auto written = write_new_key(*new_key, files); !written) return Failure(std::move(written).error());
    const auto count = seal_anew(*database, *nodes, std::move(*new_key));
    if (!count) return Failure(count.error());
    rotation.nodes = *count;
    if (auto replaced = replace_key_file(files.key); !replaced) return Failure(std::move(replaced).error());
    if (auto scrubbed = scrub_if_due(*database); !scrubbed) return Failure(std::move(scrubbed).error());
    return rotation;
}

}  // namespace haas::store

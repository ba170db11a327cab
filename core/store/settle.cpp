#include "core/store/settle.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "core/base/log.hpp"
#include "core/base/private_file.hpp"

namespace haas::store {
namespace {

namespace fs = std::filesystem;

// Links are followed as reading the file follows them, so that a rotation replaces the file and not a link to it.
fs::path behind_links(const fs::path& key_file) {
    std::error_code failed;
    const fs::path real = fs::canonical(key_file, failed);
    return failed ? key_file : real;
}

// Moves fields to where they belong; did any move?
struct Moved {
    bool into_secrets = false;
    bool out_of_secrets = false;
};

Moved take_sides(NodeRecord& record, const IsSecret& is_secret) {
    Moved moved;
    Fields readable;
    for (Field& field : record.fields) {
        if (is_secret(record.type, field.name)) {
            record.secrets.put(std::move(field));
            moved.into_secrets = true;
        } else {
            readable.push_back(std::move(field));
        }
    }
    std::vector<std::string> misplaced;
    for (const Field& field : record.secrets.reveal()) {
        if (!is_secret(record.type, field.name)) misplaced.push_back(field.name);
    }
    for (const std::string& name : misplaced) {
        readable.push_back(*record.secrets.find(name));
        record.secrets.remove(name);
        moved.out_of_secrets = true;
    }
    record.fields = std::move(readable);
    return moved;
}

Result<void> roll_back(Database& database, Error reason) {
    // The reason is what failed; that what has failed cannot be undone either would hide it.
    if (database.in_transaction()) (void)database.execute("ROLLBACK");
    return Failure(std::move(reason));
}

}  // namespace

fs::path new_key_file(const fs::path& key_file) { return behind_links(key_file).string() + ".new"; }

Result<void> replace_key_file(const fs::path& key_file) {
    const fs::path from = new_key_file(key_file);
    const fs::path to = behind_links(key_file);
    if (std::rename(from.c_str(), to.c_str()) != 0) {
        return fail(Errc::internal, fmt::format("cannot rename the new key file {} to {}: {}", from.string(), to.string(),
                                                std::strerror(errno)));
    }
    return sync_folder_of(to);
}

Result<std::vector<std::string>> key_ids_in(Database& database) {
    std::vector<std::string> ids;
    auto done = database.for_each_row("SELECT DISTINCT key_id FROM secret ORDER BY key_id", [&](const Statement& row) {
        ids.push_back(row.bytes(0));
        return Result<void>();
    });
    if (!done) return Failure(std::move(done).error());
    return ids;
}

Result<FoundKey> find_key(Database& database, const fs::path& key_file) {
    const auto wanted = key_ids_in(database);
    if (!wanted) return Failure(wanted.error());
    const auto opens = [&](const SealingKey& key) {
        return std::find(wanted->begin(), wanted->end(), key.id()) != wanted->end();
    };
    auto current = SealingKey::load(key_file);
    if (current && (wanted->empty() || opens(*current))) return FoundKey{std::move(*current), false};
    if (!current && (wanted->empty() || current.error().code != Errc::not_found)) return Failure(current.error());

    auto rotated = SealingKey::load(new_key_file(key_file));
    if (rotated && opens(*rotated)) return FoundKey{std::move(*rotated), true};
    return fail(Errc::invalid,
                fmt::format("the secrets in the database {} are sealed with the key {}, but the key file {} {}: put the "
                            "key file back that belongs to this database",
                            database.file().string(), printable_key_id(wanted->front()), key_file.string(),
                            current ? "holds the key " + printable_key_id(current->id()) : "does not exist"));
}

Result<SealingKey> settle_key(Database& database, const fs::path& key_file) {
    auto found = find_key(database, key_file);
    if (!found && found.error().code == Errc::not_found) {
        auto made = SealingKey::load_or_make(key_file);
        if (made) log::info("store.key_made", {{"file", key_file.string()}, {"key", printable_key_id(made->id())}});
        return made;
    }
    if (!found) return Failure(std::move(found).error());
    if (found->rotated) {
        if (auto replaced = replace_key_file(key_file); !replaced) return Failure(std::move(replaced).error());
        log::info("store.key_rotated", {{"file", key_file.string()}, {"key", printable_key_id(found->key.id())}});
    }
    return std::move(found->key);
}

Result<std::vector<NodeRecord>> settle_nodes(Database& database, NodeTable& nodes, const IsSecret& is_secret) {
    auto loaded = nodes.load();
    if (!loaded) return Failure(std::move(loaded).error());

    std::vector<NodeRecord> records;
    std::size_t sealed = 0;
    std::size_t rewritten = 0;
    Result<void> done;
    for (auto& [record, opened] : *loaded) {
        // Without its secrets a node cannot be written anew.
        const Moved moved = opened ? take_sides(record, is_secret) : Moved{};
        if (moved.into_secrets || moved.out_of_secrets) {
            if (rewritten++ == 0) done = database.execute("BEGIN IMMEDIATE");
            if (done) done = nodes.replace(record.label, record);
            if (!done) return Failure(roll_back(database, std::move(done).error()).error());
            sealed += moved.into_secrets ? 1 : 0;
        }
        records.push_back(std::move(record));
    }
    if (rewritten > 0) {
        if (sealed > 0) done = make_scrub_due(database);
        if (done) done = database.execute("COMMIT");
        if (!done) return Failure(roll_back(database, std::move(done).error()).error());
        log::info("store.fields_settled",
                  {{"file", database.file().string()}, {"nodes", rewritten}, {"sealed", sealed}});
    }
    if (done = scrub_if_due(database); !done) return Failure(std::move(done).error());
    return records;
}

Result<void> make_scrub_due(Database& database) { return database.execute("INSERT OR IGNORE INTO due VALUES ('scrub')"); }

Result<void> scrub_if_due(Database& database) {
    const auto due = database.integer("SELECT count(*) FROM due WHERE chore = 'scrub'");
    if (!due) return Failure(due.error());
    if (*due == 0) return {};
    // Every page goes through the log into the file, which is cut to its new length; then the log is cut to nothing.
    // secure_delete alone does not do: SQLite moves rows between pages without it.
    if (auto written = database.execute("PRAGMA temp_store = MEMORY; VACUUM; PRAGMA temp_store = DEFAULT"); !written) {
        return written;
    }
    const auto busy = database.integer("PRAGMA wal_checkpoint(TRUNCATE)");
    if (!busy) return Failure(busy.error());
    if (*busy != 0) {
        return fail(Errc::conflict, fmt::format("another program is reading the database {}: what secrets have left in its "
                                                "free places can only be wiped when that has ended",
                                                database.file().string()));
    }
    return database.execute("DELETE FROM due WHERE chore = 'scrub'");
}

}  // namespace haas::store

// What a database needs before its nodes are used: the key that opens it, every secret sealed, and nothing left of what
// once stood in clear.  Private to core/store; whoever calls has the daemon's lock, and no transaction is open.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/store/node_table.hpp"
#include "core/store/sealing_key.hpp"
#include "core/store/sqlite.hpp"

namespace haas::store {

// Where a rotation keeps the new key until it takes the place of the old one; behind all links.
std::filesystem::path new_key_file(const std::filesystem::path& key_file);
// The new one takes the old one's place; on the disk when it returns.
Result<void> replace_key_file(const std::filesystem::path& key_file);

// The ids of the keys that the database's secrets are sealed with: one, unless it is damaged; none when there are none.
Result<std::vector<std::string>> key_ids_in(Database& database);

// The key in the file or, where a rotation was cut short, in the file of the new key: the one that opens the database.
// Changes nothing.  Errc::not_found when there is no key file and no secret; else a sentence that says which key is
// wanted.
struct FoundKey {
    SealingKey key;
    bool rotated;  // it is in the file of the new key
};
Result<FoundKey> find_key(Database& database, const std::filesystem::path& key_file);

// The same, and finishes the rotation; makes a key file where there is none and no secret.
Result<SealingKey> settle_key(Database& database, const std::filesystem::path& key_file);

// All nodes, sorted by label.  Fields that stand on the wrong side are moved, in one transaction, and the plain text of
// what was sealed is scrubbed; both are done at the next start if this one is cut short.
Result<std::vector<NodeRecord>> settle_nodes(Database& database, NodeTable& nodes, const IsSecret& is_secret);

// To be called in the transaction that makes a scrub necessary.
Result<void> make_scrub_due(Database& database);
// Writes the whole database anew and empties its log, if that is due: what was deleted or overwritten is in neither any
// more.  Needs the memory, and for a moment the space on disk, of one more database.
Result<void> scrub_if_due(Database& database);

}  // namespace haas::store

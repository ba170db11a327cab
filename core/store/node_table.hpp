// The statements on nodes, their fields, secrets and metadata, prepared once.  Private to core/store; transactions are
// the caller's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/base/result.hpp"
#include "core/store/sealing_key.hpp"
#include "core/store/sqlite.hpp"
#include "core/store/store.hpp"

namespace haas::store {

// Errors as in Store.  After one, the caller undoes what the call may have done before it failed.
class NodeTable {
public:
    // The database outlives the table and does not move.
    static Result<NodeTable> prepare(Database& database, SealingKey key);

    Result<void> add(const NodeRecord& record);
    // Type, fields, secrets and refusal as the record says; metadata stays.
    Result<void> replace(std::string_view label, const NodeRecord& record);
    Result<void> remove(std::string_view label);
    Result<SecretFields> secrets(std::string_view label);
    Result<void> put_metadata(std::string_view label, std::string_view key, std::string_view json);
    Result<void> remove_metadata(std::string_view label, std::string_view key);
    Result<void> put_refusal(std::string_view label, Errc code, std::string_view sentence);

    struct Loaded {
        NodeRecord record;
        bool opened = true;  // false: its secrets cannot be opened, and its refusal says so
    };
    // Sorted by label.
    Result<std::vector<Loaded>> load();

    // Seals all secrets with this key, which is the table's own from now on.  How many nodes that were; fails when the
    // secrets of one cannot be opened.
    Result<std::size_t> reseal(SealingKey key);

private:
    NodeTable(Database& database, SealingKey key) : database_(&database), key_(std::move(key)) {}

    Result<void> add_fields(std::int64_t node, std::string_view label, const NodeRecord& record);
    Result<void> add_field(std::int64_t node, std::int64_t position, const Field& field);
    using RowIndex = std::unordered_map<std::int64_t, std::size_t>;  // id of a node -> its place in what is loaded
    Result<void> load_fields(std::vector<Loaded>& all, const RowIndex& index);
    Result<SecretFields> open(std::string_view label, std::string_view type, std::string_view key_id,
                              std::string_view sealed) const;

    Database* database_;
    SealingKey key_;
    Statement insert_node_;
    Statement find_node_;
    Statement update_node_;
    Statement insert_field_;
    Statement delete_fields_;
    Statement put_secret_;
    Statement delete_secret_;
    Statement find_secret_;
    Statement insert_metadata_;
    Statement delete_node_;
    Statement put_metadata_;
    Statement delete_metadata_;
    Statement put_refusal_;
};

}  // namespace haas::store

// The statements on nodes and their metadata, prepared once.  Private to core/store; transactions are the caller's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/store/sqlite.hpp"
#include "core/store/store.hpp"

namespace haas::store {

// Errors as in Store.  After one, the caller undoes what the call may have done before it failed.
class NodeTable {
public:
    // The database outlives the table and does not move.
    static Result<NodeTable> prepare(Database& database);

    Result<void> add(const NodeRecord& record);
    Result<void> remove(std::string_view label);
    Result<void> put_metadata(std::string_view label, std::string_view key, std::string_view json);
    Result<void> remove_metadata(std::string_view label, std::string_view key);
    Result<void> put_refusal(std::string_view label, std::string_view sentence);
    // Sorted by label.
    Result<std::vector<NodeRecord>> load();

private:
    explicit NodeTable(Database& database) : database_(&database) {}

    // Runs a statement that gives no rows, and resets it.
    Result<void> run(Statement& statement);
    // The same; Errc::not_found with `missing` when it changed no row.
    Result<void> change(Statement& statement, std::string missing);
    Result<void> add_field(std::int64_t node, std::int64_t position, const Field& field);

    Database* database_;
    Statement insert_node_;
    Statement insert_field_;
    Statement insert_metadata_;
    Statement delete_node_;
    Statement put_metadata_;
    Statement delete_metadata_;
    Statement put_refusal_;
};

}  // namespace haas::store

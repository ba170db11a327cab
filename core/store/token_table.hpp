// The statements on node tokens, prepared once.  Private to core/store; transactions are the caller's.
#pragma once

#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/store/sqlite.hpp"
#include "core/store/token_store.hpp"

namespace haas::store {

// Errors as in TokenStore.  After one, the caller undoes what the call may have done before it failed.
class TokenTable {
public:
    // The database outlives the table and does not move.
    static Result<TokenTable> prepare(Database& database);

    Result<void> put(const TokenRecord& record);
    Result<void> remove(std::string_view id);
    Result<std::vector<TokenRecord>> load();

private:
    explicit TokenTable(Database& database) : database_(&database) {}

    Database* database_;
    Statement delete_obmd_;
    Statement insert_;
    Statement delete_;
};

}  // namespace haas::store

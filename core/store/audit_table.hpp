// The statements on the audit trail, prepared once where they are used often.  Private to core/store; transactions are
// the caller's.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/result.hpp"
#include "core/store/audit_store.hpp"
#include "core/store/sqlite.hpp"

namespace haas::store {

class AuditTable {
public:
    // The database outlives the table and does not move.
    static Result<AuditTable> prepare(Database& database);

    // The record's id is not looked at.
    Result<void> add(const AuditRecord& record);
    // As AuditStore::read_audit().
    Result<std::vector<AuditRecord>> read(const AuditQuery& query);
    // Deletes what is beyond the retention, the oldest first, `limit` of each kind at most.  How many it were.
    Result<std::int64_t> trim(const AuditRetention& keep, std::int64_t now_ms, std::int64_t limit);

private:
    explicit AuditTable(Database& database) : database_(&database) {}

    Database* database_;
    Statement insert_;
    Statement time_of_;
    Statement trim_age_;
    Statement trim_count_;
};

}  // namespace haas::store

#include "core/store/audit_table.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace haas::store {

Result<AuditTable> AuditTable::prepare(Database& database) {
    AuditTable table(database);
    auto prepared = database.prepare_all({
        {&table.insert_,
         "INSERT INTO audit (time_ms, who, operation, node, outcome, code, request_id, detail, duration_ms) "
         "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"},
        {&table.time_of_, "SELECT time_ms FROM audit WHERE id = ?1"},
        {&table.trim_age_,
         "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE time_ms < ?1 ORDER BY time_ms LIMIT ?2)"},
        {&table.trim_count_,
         "DELETE FROM audit WHERE id IN "
         "(SELECT id FROM audit WHERE id <= (SELECT max(id) FROM audit) - ?1 ORDER BY id LIMIT ?2)"},
    });
    if (!prepared) return Failure(std::move(prepared).error());
    return table;
}

Result<void> AuditTable::add(const AuditRecord& record) {
    insert_.bind(1, record.time_ms);
    insert_.bind(2, record.who);
    insert_.bind(3, record.operation);
    insert_.bind(4, record.node);
    insert_.bind(5, record.outcome);
    insert_.bind(6, record.code);
    insert_.bind(7, record.request_id);
    insert_.bind(8, record.detail);
    insert_.bind(9, record.duration_ms);
    return database_->run(insert_);
}

Result<std::vector<AuditRecord>> AuditTable::read(const AuditQuery& query) {
    constexpr auto latest = std::numeric_limits<std::int64_t>::max();
    // Listed by time, a page begins behind the record that ended the last one, which may share its millisecond.
    std::int64_t before_time = latest;
    if (query.before_id != 0) {
        time_of_.bind(1, query.before_id);
        auto done = database_->for_each_row(time_of_, [&](const Statement& row) {
            before_time = row.integer(0);
            return Result<void>();
        });
        if (!done) return Failure(std::move(done).error());
    }

    // Only the conditions that there are, and one bound at each end, so that SQLite finds the place in the index.
    std::string sql =
        "SELECT id, time_ms, who, operation, node, outcome, code, request_id, detail, duration_ms FROM audit "
        "WHERE time_ms >= ?1 AND time_ms <= ?2 AND (+time_ms < ?3 OR id < ?4)";
    if (!query.node.empty()) sql += " AND node = ?6";
    if (!query.who.empty()) sql += " AND who = ?7";
    sql += " ORDER BY time_ms DESC, id DESC LIMIT ?5";
    auto statement = database_->prepare(sql);
    if (!statement) return Failure(std::move(statement).error());
    statement->bind(1, query.since_ms);
    statement->bind(2, std::min(query.until_ms == 0 ? latest : query.until_ms - 1, before_time));
    statement->bind(3, before_time);
    statement->bind(4, query.before_id == 0 ? latest : query.before_id);
    statement->bind(5, static_cast<std::int64_t>(std::min<std::size_t>(query.limit, std::numeric_limits<int>::max())));
    if (!query.node.empty()) statement->bind(6, query.node);
    if (!query.who.empty()) statement->bind(7, query.who);

    std::vector<AuditRecord> found;
    auto done = database_->for_each_row(*statement, [&](const Statement& row) {
        found.push_back({row.integer(0), row.integer(1), row.text(2), row.text(3), row.text(4), row.text(5), row.text(6),
                         row.text(7), row.text(8), row.integer(9)});
        return Result<void>();
    });
    if (!done) return Failure(std::move(done).error());
    return found;
}

Result<std::int64_t> AuditTable::trim(const AuditRetention& keep, std::int64_t now_ms, std::int64_t limit) {
    std::int64_t deleted = 0;
    trim_age_.bind(1, now_ms - keep.age_ms);
    trim_age_.bind(2, limit);
    if (auto done = database_->run(trim_age_); !done) return Failure(std::move(done).error());
    deleted += database_->changes();
    trim_count_.bind(1, keep.count);
    trim_count_.bind(2, limit);
    if (auto done = database_->run(trim_count_); !done) return Failure(std::move(done).error());
    return deleted + database_->changes();
}

}  // namespace haas::store

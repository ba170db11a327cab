#include "core/store/task_table.hpp"

#include <utility>

#include <fmt/format.h>

namespace haas::store {

Result<TaskTable> TaskTable::prepare(Database& database) {
    TaskTable table(database);
    auto prepared = database.prepare_all({
        {&table.put_,
         "INSERT INTO task (id, who, key, request_digest, operation, node, state, result_json, created_ms, finished_ms) "
         "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (id) DO UPDATE SET who = excluded.who, "
         "key = excluded.key, request_digest = excluded.request_digest, operation = excluded.operation, "
         "node = excluded.node, state = excluded.state, result_json = excluded.result_json, "
         "created_ms = excluded.created_ms, finished_ms = excluded.finished_ms"},
        {&table.prune_,
         "DELETE FROM task WHERE id IN (SELECT id FROM task WHERE finished_ms > 0 AND finished_ms < ?1 LIMIT ?2)"},
    });
    if (!prepared) return Failure(std::move(prepared).error());
    return table;
}

Result<void> TaskTable::put(const TaskRecord& record) {
    put_.bind(1, record.id);
    put_.bind(2, record.who);
    put_.bind(3, record.key);
    put_.bind(4, record.request_digest);
    put_.bind(5, record.operation);
    put_.bind(6, record.node);
    put_.bind(7, record.state);
    put_.bind(8, record.result_json);
    put_.bind(9, record.created_ms);
    put_.bind(10, record.finished_ms);
    auto done = database_->run(put_);
    if (!done && database_->broke_uniqueness()) {
        return fail(Errc::duplicate, fmt::format("another task of {} has the idempotency key '{}'", record.who, record.key));
    }
    return done;
}

Result<void> TaskTable::prune(std::int64_t now_ms, std::int64_t limit) {
    prune_.bind(1, now_ms - task_kept_ms);
    prune_.bind(2, limit);
    return database_->run(prune_);
}

Result<std::vector<TaskRecord>> TaskTable::load() {
    std::vector<TaskRecord> all;
    constexpr auto rows =
        "SELECT id, who, key, request_digest, operation, node, state, result_json, created_ms, finished_ms FROM task "
        "ORDER BY created_ms, id";
    auto done = database_->for_each_row(rows, [&](const Statement& row) {
        all.push_back({row.text(0), row.text(1), row.text(2), row.text(3), row.text(4), row.text(5), row.text(6),
                       row.text(7), row.integer(8), row.integer(9)});
        return Result<void>();
    });
    if (!done) return Failure(std::move(done).error());
    return all;
}

}  // namespace haas::store

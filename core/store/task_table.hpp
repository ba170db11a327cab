// The statements on tasks, prepared once.  Private to core/store; transactions are the caller's.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/result.hpp"
#include "core/store/sqlite.hpp"
#include "core/store/task_store.hpp"

namespace haas::store {

// Errors as in TaskStore.  `now_ms` is since 1970.
class TaskTable {
public:
    // The database outlives the table and does not move.
    static Result<TaskTable> prepare(Database& database);

    Result<void> put(const TaskRecord& record);
    // Deletes finished tasks that are too old, `limit` of them at most.
    Result<void> prune(std::int64_t now_ms, std::int64_t limit);
    Result<std::vector<TaskRecord>> load();

private:
    explicit TaskTable(Database& database) : database_(&database) {}

    Database* database_;
    Statement put_;
    Statement prune_;
};

}  // namespace haas::store

// The tasks that must outlive the daemon, as core/api sees them: what was asked for, and what came of it.  It knows no
// database.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/store/done.hpp"

namespace haas::store {

struct TaskRecord {
    std::string id;
    std::string who;
    std::string key;             // the request's Idempotency-Key; empty: it had none
    std::string request_digest;  // of the request that came with the key, to know another one by
    std::string operation;
    std::string node;
    std::string state;
    std::string result_json;
    std::int64_t created_ms = 0;   // since 1970
    std::int64_t finished_ms = 0;  // since 1970; 0: it is not finished

    friend bool operator==(const TaskRecord&, const TaskRecord&) = default;
};

// How long a finished task is kept.
inline constexpr std::int64_t task_kept_ms = std::int64_t{24} * 3600 * 1000;

// See Done for when and how changes are answered.
class TaskStore {
public:
    virtual ~TaskStore() = default;

    // All tasks that are not finished or not longer finished than task_kept_ms, sorted by their creation.  Blocks: for
    // start-up, before the loop runs.
    virtual Result<std::vector<TaskRecord>> load_tasks() = 0;
    // Adds the task, or replaces the one of that id.  Errc::duplicate when another task of the same user has the key.
    virtual void put_task(TaskRecord record, Done done) = 0;
};

}  // namespace haas::store

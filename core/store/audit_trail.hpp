// Audit records on their way to the disk: collected by any thread, written many at a time, old ones trimmed.  Private to
// core/store.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "core/base/result.hpp"
#include "core/store/audit_table.hpp"
#include "core/store/writer.hpp"

namespace haas::store {

class AuditTrail {
public:
    // What waits for a disk that does not come back is lost beyond this.
    static constexpr std::size_t most_waiting = 50'000;
    // Deleted in one transaction, of the too old and of the too many each.
    static constexpr std::int64_t trimmed_at_once = 500;

    // Begins to trim.  The writer finishes before the trail goes; stop() is called before that.
    AuditTrail(AuditTable table, AuditRetention keep, Writer& writer);
    AuditTrail(const AuditTrail&) = delete;
    AuditTrail& operator=(const AuditTrail&) = delete;

    // From any thread; never blocks on the disk.
    void add(AuditRecord record);
    // On the writer's thread.
    Result<std::vector<AuditRecord>> read(const AuditQuery& query) { return table_.read(query); }
    // What was added is still written; nothing is trimmed any more.
    void stop();

private:
    using Time = std::chrono::steady_clock::time_point;

    // All of these on the writer's thread.
    void submit_flush();
    Result<void> write_waiting(std::size_t& taken);
    void flushed(const Result<void>& done, std::size_t taken);
    void submit_trim();

    AuditTable table_;
    const AuditRetention keep_;
    Writer& writer_;

    std::mutex mutex_;  // guards the rest; held for a moment; under it, the writer's own
    std::vector<AuditRecord> waiting_;
    bool flush_submitted_ = false;
    bool trim_submitted_ = false;
    bool stopped_ = false;
    std::size_t lost_ = 0;
    std::optional<Time> complained_;
    std::optional<Time> trimmed_;
};

}  // namespace haas::store

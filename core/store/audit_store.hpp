// The audit trail as the rooms above see it: who did what to which node, and what came of it.  It knows no database.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/base/result.hpp"

namespace haas::store {

struct AuditRecord {
    std::int64_t id = 0;       // given by the store; never used twice
    std::int64_t time_ms = 0;  // since 1970
    std::string who;
    std::string operation;
    std::string node;  // empty: it was about no single node
    std::string outcome;
    std::string code;  // of the error, empty: none
    std::string request_id;
    std::string detail;
    std::int64_t duration_ms = 0;

    friend bool operator==(const AuditRecord&, const AuditRecord&) = default;
};

// What all of these say; 0 and empty: whatever it is.
struct AuditQuery {
    std::int64_t before_id = 0;  // those that come behind the record of this id: the next page
    std::int64_t since_ms = 0;   // at or after
    std::int64_t until_ms = 0;   // before
    std::string node;
    std::string who;
    std::size_t limit = 100;
};

// What is beyond one of these is deleted, a little at a time, the oldest first; looked at when the store is opened and
// when records come in.
struct AuditRetention {
    std::int64_t age_ms = std::int64_t{90} * 24 * 3600 * 1000;
    std::int64_t count = 500'000;
};

class AuditStore {
public:
    // As Done.
    using AuditDone = std::function<void(Result<std::vector<AuditRecord>>)>;

    virtual ~AuditStore() = default;

    // Never blocks and never fails: records are written soon, many at a time, in the order of the calls; what cannot be
    // written is lost, and the log says so, once a minute at most.  From any thread.
    virtual void add_audit(AuditRecord record) = 0;
    // The newest first, by time and then by id.  Sees every record added before.
    virtual void read_audit(AuditQuery query, AuditDone done) = 0;
};

}  // namespace haas::store

#include "core/store/audit_trail.hpp"

#include <memory>
#include <utility>

#include "core/base/log.hpp"

namespace haas::store {
namespace {

constexpr std::chrono::minutes between_complaints{1};
constexpr std::chrono::minutes between_trims{1};

std::int64_t now_ms() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

AuditTrail::AuditTrail(AuditTable table, AuditRetention keep, Writer& writer)
    : table_(std::move(table)), keep_(keep), writer_(writer) {
    const std::lock_guard lock(mutex_);
    submit_trim();
}

void AuditTrail::add(AuditRecord record) {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= most_waiting) {
        ++lost_;
        return;
    }
    waiting_.push_back(std::move(record));
    if (!flush_submitted_) submit_flush();
}

void AuditTrail::stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
}

void AuditTrail::submit_flush() {
    flush_submitted_ = true;
    auto taken = std::make_shared<std::size_t>(0);
    writer_.submit({[this, taken] { return write_waiting(*taken); },
                    [this, taken](const Result<void>& done) { flushed(done, *taken); }});
}

Result<void> AuditTrail::write_waiting(std::size_t& taken) {
    std::vector<AuditRecord> batch;
    {
        const std::lock_guard lock(mutex_);
        batch.swap(waiting_);
        flush_submitted_ = false;
    }
    taken = batch.size();
    for (const AuditRecord& record : batch) {
        if (auto done = table_.add(record); !done) return done;
    }
    return {};
}

void AuditTrail::flushed(const Result<void>& done, std::size_t taken) {
    std::size_t lost = 0;
    {
        const std::lock_guard lock(mutex_);
        const auto now = std::chrono::steady_clock::now();
        if (!done) lost_ += taken;
        // Where the transaction could not even begin nothing was taken: the next record tries again for all.
        if (!done && taken == 0) flush_submitted_ = false;
        if (lost_ > 0 && (!complained_ || now - *complained_ >= between_complaints)) {
            complained_ = now;
            lost = std::exchange(lost_, 0);
        }
        if (done && !trim_submitted_ && (!trimmed_ || now - *trimmed_ >= between_trims)) submit_trim();
    }
    if (lost > 0) {
        log::error("store.audit_lost",
                   {{"records", lost}, {"msg", done ? "too many waited for the disk" : done.error().message}});
    }
}

void AuditTrail::submit_trim() {
    if (stopped_) return;
    trim_submitted_ = true;
    auto deleted = std::make_shared<std::int64_t>(0);
    writer_.submit({[this, deleted]() -> Result<void> {
                        const auto trimmed = table_.trim(keep_, now_ms(), trimmed_at_once);
                        if (!trimmed) return Failure(trimmed.error());
                        *deleted = *trimmed;
                        return {};
                    },
                    [this, deleted](const Result<void>& done) {
                        if (!done) log::warn("store.audit_not_trimmed", {{"msg", done.error().message}});
                        const std::lock_guard lock(mutex_);
                        trim_submitted_ = false;
                        trimmed_ = std::chrono::steady_clock::now();
                        // Behind what came meanwhile.
                        if (done && *deleted > 0) submit_trim();
                    }});
}

}  // namespace haas::store

#include "core/driver/operations.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

#include <fmt/format.h>

#include "core/base/log.hpp"
#include "core/driver/status.hpp"

namespace haas::driver {
namespace {

// A driver that loses every completion must not fill the memory with what it owes: beyond this the oldest is forgotten,
// and would be taken for a second completion if it came after all.
constexpr std::size_t most_owed = 4096;

Loop::Time plus_grace(Loop::Time time) {
    return time > Loop::Time::max() - Operations::grace ? Loop::Time::max() : time + Operations::grace;
}

Effect given_up(bool changes) { return changes ? Effect::unknown : Effect::none; }

}  // namespace

Operations::Operations(Loop& loop, std::string extension, Cancel cancel_at_driver)
    : loop_(loop), extension_(std::move(extension)), cancel_at_driver_(std::move(cancel_at_driver)) {}

OperationId Operations::next_id() noexcept {
    static std::atomic<OperationId> last{0};
    return ++last;
}

void Operations::open(OperationId id, Request request) {
    const Loop::Time expiry = plus_grace(request.deadline);
    Open& open = open_[id];
    open.request = std::move(request);
    open.timer = loop_.at(expiry, [this, id] { expire(id); });
}

Operations::Open Operations::take(Table::iterator at) {
    Open open = std::move(at->second);
    loop_.cancel(open.timer);
    open_.erase(at);
    return open;
}

void Operations::owe(OperationId id) {
    owed_.insert(id);
    if (owed_.size() > most_owed) owed_.erase(owed_.begin());  // ids only grow: the oldest
}

void Operations::finish(OperationId id, Outcome outcome) {
    const auto at = open_.find(id);
    if (at == open_.end()) {
        if (owed_.erase(id) > 0) {
            log::debug("driver.late_answer", {{"driver", extension_}, {"operation", id}, {"status", outcome.status}});
        } else {
            log::error("driver.defect", {{"driver", extension_},
                                         {"operation", id},
                                         {"problem", "completed an operation twice, or one that was never asked for"}});
        }
        return;
    }
    const Open open = take(at);
    if (outcome.status == HAAS_OBM_OK || open.request.whole) {
        open.request.done(std::move(outcome));
    } else {
        open.request.done(tl::unexpected(to_error(outcome, open.request.changes)));
    }
}

void Operations::cancel(OperationId id) {
    const auto at = open_.find(id);
    if (at == open_.end() || at->second.cancelled) return;
    Open& open = at->second;
    open.cancelled = true;
    const Loop::Time expiry = std::min(plus_grace(open.request.deadline), plus_grace(loop_.now()));
    loop_.cancel(open.timer);
    open.timer = loop_.at(expiry, [this, id] { expire(id); });
    cancel_at_driver_(open.request.node_id, id);
}

// The driver has had its time, and more.
void Operations::expire(OperationId id) {
    const auto at = open_.find(id);
    if (at == open_.end()) return;
    const Open open = take(at);
    owe(id);
    const Request& request = open.request;
    const Effect effect = given_up(request.changes);
    if (open.cancelled) {
        request.done(fail(Errc::cancelled, fmt::format("{} was given up before the driver answered", request.name), effect));
        return;
    }
    log::warn("driver.overdue",
              {{"driver", extension_}, {"node_id", request.node_id}, {"operation", id}, {"verb", request.name}});
    cancel_at_driver_(request.node_id, id);
    request.done(fail(Errc::timed_out,
                      fmt::format("driver {} did not answer {} within its deadline", extension_, request.name), effect));
}

Operations::Table::iterator Operations::give_up(Table::iterator at) {
    const auto next = std::next(at);
    const OperationId id = at->first;
    Open open = take(at);
    owe(id);
    // Not from here: whoever detaches the node may be in the middle of taking itself apart.
    loop_.post([request = std::move(open.request)] {
        request.done(fail(Errc::cancelled, fmt::format("{} was given up: the node is gone", request.name),
                          given_up(request.changes)));
    });
    return next;
}

void Operations::close(std::uint64_t node_id) {
    for (auto at = open_.begin(); at != open_.end();) {
        at = at->second.request.node_id == node_id ? give_up(at) : std::next(at);
    }
}

void Operations::close_all() {
    for (auto at = open_.begin(); at != open_.end();) at = give_up(at);
}

}  // namespace haas::driver

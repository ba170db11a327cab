#include "plugins/mock/schedule.hpp"

#include <iterator>
#include <utility>
#include <vector>

namespace haas::mock {
namespace {

void give_up(obm::Reply& reply) { reply.fail(obm::Status::cancelled, "the mock was told to give up", obm::Effect::none); }

}  // namespace

Schedule::~Schedule() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Schedule::at(obm::Time when, std::uint64_t node, obm::Reply reply, Action action) {
    insert(when, {node, std::move(reply), std::move(action), nullptr});
}

void Schedule::wake(obm::Time when, std::uint64_t node, std::function<void()> look) {
    insert(when, {node, std::nullopt, nullptr, std::move(look)});
}

void Schedule::hold(std::uint64_t node, obm::Reply reply) {
    insert(obm::Time::max(), {node, std::move(reply), nullptr, nullptr});
}

void Schedule::insert(obm::Time when, Entry entry) {
    const std::lock_guard lock(mutex_);
    entries_.emplace(when, std::move(entry));
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    changed_.notify_one();
}

void Schedule::run() {
    std::unique_lock lock(mutex_);
    while (!ending_) {
        const auto next = entries_.begin();
        if (next == entries_.end() || next->second.held()) {  // held ones stand last
            changed_.wait(lock);
            continue;
        }
        const obm::Time left = next->first - host_.now();
        if (left > obm::Time(0)) {
            changed_.wait_for(lock, left);
            continue;
        }
        Entry entry = std::move(next->second);
        entries_.erase(next);
        lock.unlock();
        if (entry.reply) {
            entry.action(*std::move(entry.reply));
        } else {
            entry.look();
        }
        entry = Entry{};  // what it holds goes while nothing is locked
        lock.lock();
    }
}

void Schedule::cancel(std::uint64_t operation) {
    std::unique_lock lock(mutex_);
    for (auto at = entries_.begin(); at != entries_.end(); ++at) {
        if (!at->second.reply || at->second.reply->id() != operation || at->second.held()) continue;
        auto cancelled = entries_.extract(at);
        lock.unlock();
        give_up(*cancelled.mapped().reply);
        return;
    }
}

void Schedule::detach(std::uint64_t node) {
    std::vector<Entries::node_type> gone;
    {
        const std::lock_guard lock(mutex_);
        for (auto at = entries_.begin(); at != entries_.end();) {
            const auto next = std::next(at);
            if (at->second.node == node) gone.push_back(entries_.extract(at));
            at = next;
        }
    }
    for (Entries::node_type& entry : gone) {
        if (entry.mapped().reply) give_up(*entry.mapped().reply);
    }
}

}  // namespace haas::mock

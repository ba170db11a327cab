// The calls that go on by themselves, and those that must not be carried out twice: `Prefer: respond-async` and
// `Idempotency-Key` on power calls.  Kept in the TaskStore, for a day after their end.  For the loop's thread.
//
// A key belongs to its user.  It is on disk before anything is sent.  The same request with the same key waits for the
// first one's answer and gets it, today, after a restart and for a day; another request with it is refused.  Of a task
// that a crash cut off it is not known what became of it: the answer is 504 with "outcome": "unknown", and nothing is
// sent.  An answer that says that nothing was sent, try again (503), frees the key.  What has a key, or is asynchronous,
// goes on when its client goes away; it is given up by abort(), or when its credential ends.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/api/shares.hpp"
#include "core/api/task.hpp"
#include "core/base/loop.hpp"
#include "core/store/task_store.hpp"

namespace haas::api {

class Tasks {
public:
    using Clock = std::function<std::chrono::system_clock::time_point()>;
    using Begin = std::function<void(Call)>;

    // More under way are refused: Errc::busy.
    static constexpr Shares::Most most_unfinished{.all = 10'000, .each = 5'000};
    static constexpr Shares::Most most_fanouts{.all = 64, .each = 16};  // calls about many nodes, tasks or not
    static constexpr std::size_t most_waiting = 64;         // for the answer of one task
    // Of finished ones the oldest go first.  A key of theirs then stays taken, and is answered with Errc::conflict.
    static constexpr std::size_t most_kept = 50'000;
    static constexpr std::size_t most_kept_bytes = std::size_t{64} << 20;
    static constexpr std::size_t most_nodes = 10'000;  // of a task
    // How long an asynchronous call watches for its goal where it does not say.
    static constexpr std::chrono::seconds usual_wait{120};

    // What a call is about.
    struct Subject {
        std::string operation;
        std::string node;  // empty: many
        std::size_t nodes = 1;
        std::vector<http::Header> head{};  // of the lines about many
    };

    // Both outlive it.  It outlives the answers of the registry that its tasks wait for.
    Tasks(Loop& loop, store::TaskStore& store, Clock clock = &std::chrono::system_clock::now);
    ~Tasks();
    Tasks(const Tasks&) = delete;
    Tasks& operator=(const Tasks&) = delete;

    // At start-up: what the store kept.  What was not finished is told as failed, its outcome unknown.  Blocks.
    Result<void> load();

    // Calls `begin`: at once, or, where the request asks for it, as a task that is on disk, with call.task set.  Then
    // call.respond is the task's; a task about many nodes answers with all its lines.
    void admit(Call call, Subject subject, Begin begin);

    // Nothing where it is not there, or is neither theirs nor are they an administrator.
    std::shared_ptr<Task> find(std::string_view id, const auth::Principal& who);
    // The newest first; `before`: those behind that one.
    std::vector<std::shared_ptr<Task>> list(const auth::Principal& who, std::string_view before, std::size_t limit);
    // What has not begun is given up.
    void abort(Task& task);
    // The daemon ends: what has not begun is given up everywhere, so that it is told as such and not as unknown.
    void stop();

    // Held by each call about many nodes while it goes on.
    Result<std::shared_ptr<void>> seat(const auth::Principal& who) { return fanouts_.take(who); }

private:
    using ById = std::map<std::string, std::shared_ptr<Task>, std::less<>>;  // sorted by creation

    std::shared_ptr<Task> enter(store::TaskRecord record);
    void repeat(const std::shared_ptr<Task>& task, Call call, const std::string& digest, bool async);
    void stored(const std::shared_ptr<Task>& task, Call call, const Begin& begin, const Result<void>& result);
    void refuse(const std::shared_ptr<Task>& task, Error error);
    // The answer of its maker.
    void finish(const std::shared_ptr<Task>& task, http::Response response);
    void settle(const std::shared_ptr<Task>& task, const http::Response& response);
    void answer(Task& task, Task::Waiting waiting);
    void keep(const std::shared_ptr<Task>& task);  // that is settled
    void prune();
    std::int64_t now_ms() const;
    std::string next_id();

    Loop& loop_;
    store::TaskStore& store_;
    Clock clock_;
    ById tasks_;
    std::map<std::pair<std::string, std::string>, std::shared_ptr<Task>> by_key_;  // who, key
    std::deque<std::string> finished_;                                             // ids, in the order of their ends
    std::size_t kept_bytes_ = 0;
    Shares unfinished_{most_unfinished, "tasks"};
    Shares fanouts_{most_fanouts, "calls about many nodes"};
    std::uint64_t last_id_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

// Does the request carry `Prefer: respond-async` (RFC 7240)?
bool asks_async(const http::Request& request);

// As clients are shown it: without its answer, or with what of it `reader` may see.
std::string to_json(const Task& task, const auth::Principal* reader = nullptr);

}  // namespace haas::api

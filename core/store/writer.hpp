// The thread that owns the connection: takes what waits, carries it out in one transaction, answers.  Knows no loop and
// no table.  Private to core/store.
//
// Why together: a commit costs one wait for the disk, whatever is in it.  What arrives during one commit shares the
// next, so a thousand registrations cost a few waits and a lone one costs a single wait with no delay added.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "core/base/result.hpp"
#include "core/store/sqlite.hpp"

namespace haas::store {

class Writer {
public:
    struct Request {
        // Both run on the writer's thread.  What `work` did to the database is undone when it answers an error.
        std::function<Result<void>()> work;
        // Exactly once, in the order of submission, after the transaction ended: success only when it is on the disk.
        std::function<void(Result<void>)> answer;
        // In no transaction of the writer's: `work` makes its own, and is itself what is on the disk or not.
        bool alone = false;
    };

    // From now on the connection is the thread's: nobody else may touch it.  It outlives the writer.
    static Result<std::unique_ptr<Writer>> start(Database& database);

    // Finishes what was submitted.
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    // From any thread; never blocks on the disk.
    void submit(Request request);

private:
    struct Transaction {
        Statement begin, commit, rollback, savepoint, release, rollback_to;
    };

    Writer(Database& database, Transaction transaction);
    void run();
    // One answer for each request.
    std::vector<Result<void>> carry_out(std::span<const Request> group);
    Result<void> carry_out_alone(const Request& request);
    Result<void> still_there() const;
    Result<void> carry_out_one(const Request& request);

    Database& database_;
    Transaction transaction_;

    std::mutex mutex_;  // guards the two below; held for a moment, and no other lock is taken under it
    std::vector<Request> waiting_;
    bool stopping_ = false;
    std::condition_variable changed_;
    std::thread thread_;  // last: it runs on all of the above
};

}  // namespace haas::store

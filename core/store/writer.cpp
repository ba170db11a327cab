#include "core/store/writer.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace haas::store {

Result<std::unique_ptr<Writer>> Writer::start(Database& database) {
    Transaction transaction;
    auto prepared = database.prepare_all({{&transaction.begin, "BEGIN IMMEDIATE"},
                                          {&transaction.commit, "COMMIT"},
                                          {&transaction.rollback, "ROLLBACK"},
                                          {&transaction.savepoint, "SAVEPOINT request"},
                                          {&transaction.release, "RELEASE request"},
                                          {&transaction.rollback_to, "ROLLBACK TO request"}});
    if (!prepared) return Failure(std::move(prepared).error());
    return std::unique_ptr<Writer>(new Writer(database, std::move(transaction)));
}

Writer::Writer(Database& database, Transaction transaction)
    : database_(database), transaction_(std::move(transaction)), thread_([this] { run(); }) {}

Writer::~Writer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void Writer::submit(Request request) {
    {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(request));
    }
    changed_.notify_one();
}

void Writer::run() {
    while (true) {
        std::vector<Request> group;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
            if (waiting_.empty()) return;
            group.swap(waiting_);
        }
        // What wants to be alone parts what came before it from what came after.
        auto first = group.begin();
        while (first != group.end()) {
            if (first->alone) {
                first->answer(carry_out_alone(*first));
                ++first;
                continue;
            }
            const auto last = std::find_if(first, group.end(), [](const Request& request) { return request.alone; });
            std::vector<Result<void>> answers = carry_out(std::span<const Request>(first, last));
            for (Result<void>& answer : answers) (first++)->answer(std::move(answer));
        }
    }
}

Result<void> Writer::still_there() const {
    // With the file removed or replaced, SQLite would go on writing to one that nobody will ever open again.
    if (!database_.moved()) return {};
    return fail(Errc::internal, fmt::format("the database {} was moved or removed while in use: put it back, or restart",
                                            database_.file().string()));
}

Result<void> Writer::carry_out_alone(const Request& request) {
    if (auto there = still_there(); !there) return there;
    Result<void> done = request.work();
    if (database_.in_transaction()) (void)database_.run(transaction_.rollback);
    return done;
}

std::vector<Result<void>> Writer::carry_out(std::span<const Request> group) {
    const auto all_failed = [&](const Error& error) { return std::vector<Result<void>>(group.size(), Failure(error)); };
    if (auto there = still_there(); !there) return all_failed(there.error());
    if (auto begun = database_.run(transaction_.begin); !begun) return all_failed(begun.error());

    std::vector<Result<void>> answers;
    answers.reserve(group.size());
    for (const Request& request : group) {
        answers.push_back(carry_out_one(request));
        // A full or failing disk ends the whole transaction, and with it what others of the group had done.
        if (!database_.in_transaction()) return all_failed(answers.back().error());
    }

    if (auto committed = database_.run(transaction_.commit); !committed) {
        // All of them, also who had failed on their own: a duplicate may be one only of a request that is now undone.
        if (database_.in_transaction()) (void)database_.run(transaction_.rollback);
        return all_failed(committed.error());
    }
    return answers;
}

Result<void> Writer::carry_out_one(const Request& request) {
    if (auto opened = database_.run(transaction_.savepoint); !opened) return opened;
    Result<void> done = request.work();
    if (!database_.in_transaction()) return done;
    if (!done) (void)database_.run(transaction_.rollback_to);
    const auto released = database_.run(transaction_.release);
    return done ? released : done;
}

}  // namespace haas::store


// The store as one SQLite file: a thread of its own writes, and commits together all that waits.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/loop.hpp"
#include "core/base/result.hpp"
#include "core/store/audit_store.hpp"
#include "core/store/files.hpp"
#include "core/store/store.hpp"
#include "core/store/task_store.hpp"
#include "core/store/token_store.hpp"

namespace haas::store {

class SqliteStore final : public Store, public TokenStore, public AuditStore, public TaskStore {
public:
    // Opens the database, or makes a new one (0600, as all files beside it: -wal, -shm, .lock), brings it to this
    // version's layout and keeps every other daemon out until destroyed.  An error is a sentence that names the file:
    // folder missing, held by another daemon (with its pid), no SQLite database, another program's, a newer version's.
    // The key file is made where there is none, unless the database has secrets already: then it is the one they were
    // sealed with that is wanted.  A rotation of the key that was cut short is finished.
    // The loop must outlive the store.
    static Result<std::unique_ptr<SqliteStore>> open(const Files& files, Loop& loop, AuditRetention keep = {});

    // Carries out what was submitted, posts the answers and closes the file.  Blocks for as long as the disk takes.
    ~SqliteStore() override;
    SqliteStore(const SqliteStore&) = delete;
    SqliteStore& operator=(const SqliteStore&) = delete;

    // All nodes, sorted by label, their metadata sorted by label; sees every change submitted before.  Blocks: for
    // start-up, before the loop runs.  `is_secret` is asked for every field of every node, on another thread while this
    // one waits: what stands on the wrong side is moved, to `fields` or `secrets`, on the disk too, and no plain text of
    // what was sealed is left there.  For a type that nobody knows the careful answer is true: its fields go back when
    // somebody does.
    // A node whose secrets cannot be opened (damaged, or another node's) comes without them and with a refusal that says
    // so.
    Result<std::vector<NodeRecord>> load_nodes(const IsSecret& is_secret);
    Result<std::vector<TokenRecord>> load_tokens() override;
    Result<std::vector<TaskRecord>> load_tasks() override;

    // From any thread; see Store.
    void add_node(NodeRecord record, Done done) override;
    void update_node(std::string label, NodeRecord record, Done done) override;
    void remove_node(std::string label, Done done) override;
    void read_secrets(std::string label, SecretsDone done) override;
    void put_metadata(std::string label, std::string key, std::string json, Done done) override;
    void remove_metadata(std::string label, std::string key, Done done) override;
    void put_refusal(std::string label, Errc code, std::string sentence, Done done) override;

    // From any thread; see TokenStore, AuditStore, TaskStore.
    void put_token(TokenRecord record, Done done) override;
    void remove_token(std::string id, Done done) override;
    void add_audit(AuditRecord record) override;
    void read_audit(AuditQuery query, AuditDone done) override;
    void put_task(TaskRecord record, Done done) override;

private:
    struct Parts;
    explicit SqliteStore(std::unique_ptr<Parts> parts);
    void submit(std::function<Result<void>(Parts&)> work, Done done);
    template <class T>
    void submit_question(std::function<Result<T>(Parts&)> work, std::function<void(Result<T>)> done);
    template <class T>
    Result<T> wait_for(std::function<Result<T>(Parts&)> work, bool alone);

    std::unique_ptr<Parts> parts_;
};

}  // namespace haas::store

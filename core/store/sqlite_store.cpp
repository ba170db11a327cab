#include "core/store/sqlite_store.hpp"

#include <chrono>
#include <future>
#include <optional>
#include <utility>

#include "core/store/audit_trail.hpp"
#include "core/store/daemon_lock.hpp"
#include "core/store/node_table.hpp"
#include "core/store/schema.hpp"
#include "core/store/settle.hpp"
#include "core/store/task_table.hpp"
#include "core/store/token_table.hpp"
#include "core/store/writer.hpp"

namespace haas::store {
namespace {

// More than a change brings in, so that the old ones go.
constexpr std::int64_t tasks_pruned_at_once = 20;

std::int64_t now_ms() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

// Destroyed from the bottom up: the writer finishes, the connection closes, then another daemon may come.
struct SqliteStore::Parts {
    Parts(DaemonLock taken, Database opened, Loop& answered)
        : lock(std::move(taken)), database(std::move(opened)), loop(answered) {}
    ~Parts() {
        if (audit) audit->stop();
        writer.reset();
    }

    Result<void> prepare(SealingKey key, AuditRetention keep);

    DaemonLock lock;
    Database database;
    Loop& loop;
    // These three: the writer's thread only.
    std::optional<NodeTable> nodes;
    std::optional<TokenTable> tokens;
    std::optional<TaskTable> tasks;
    std::unique_ptr<Writer> writer;
    std::optional<AuditTrail> audit;
};

Result<void> SqliteStore::Parts::prepare(SealingKey key, AuditRetention keep) {
    auto node_table = NodeTable::prepare(database, std::move(key));
    if (!node_table) return Failure(std::move(node_table).error());
    auto token_table = TokenTable::prepare(database);
    if (!token_table) return Failure(std::move(token_table).error());
    auto task_table = TaskTable::prepare(database);
    if (!task_table) return Failure(std::move(task_table).error());
    auto audit_table = AuditTable::prepare(database);
    if (!audit_table) return Failure(std::move(audit_table).error());
    auto started = Writer::start(database);
    if (!started) return Failure(std::move(started).error());
    nodes.emplace(std::move(*node_table));
    tokens.emplace(std::move(*token_table));
    tasks.emplace(std::move(*task_table));
    writer = std::move(*started);
    audit.emplace(std::move(*audit_table), keep, *writer);
    return {};
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const Files& files, Loop& loop, AuditRetention keep) {
    const auto resolved = resolve_database(files.database);
    if (!resolved) return Failure(resolved.error());
    auto lock = DaemonLock::take(*resolved);
    if (!lock) return Failure(std::move(lock).error());
    auto database = open_database(*resolved);
    if (!database) return Failure(std::move(database).error());
    auto key = settle_key(*database, files.key);
    if (!key) return Failure(std::move(key).error());

    auto parts = std::make_unique<Parts>(std::move(*lock), std::move(*database), loop);
    if (auto prepared = parts->prepare(std::move(*key), keep); !prepared) return Failure(std::move(prepared).error());
    return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(parts)));
}

SqliteStore::SqliteStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

SqliteStore::~SqliteStore() = default;

template <class T>
Result<T> SqliteStore::wait_for(std::function<Result<T>(Parts&)> work, bool alone) {
    std::promise<Result<void>> finished;
    Result<T> found = fail(Errc::internal, "the store did not answer");
    parts_->writer->submit({[&]() -> Result<void> {
                                found = work(*parts_);
                                if (!found) return Failure(found.error());
                                return {};
                            },
                            [&](Result<void> done) { finished.set_value(std::move(done)); }, alone});
    if (auto done = finished.get_future().get(); !done) return Failure(std::move(done).error());
    return found;
}

Result<std::vector<NodeRecord>> SqliteStore::load_nodes(const IsSecret& is_secret) {
    return wait_for<std::vector<NodeRecord>>(
        [&](Parts& parts) { return settle_nodes(parts.database, *parts.nodes, is_secret); }, true);
}

Result<std::vector<TokenRecord>> SqliteStore::load_tokens() {
    return wait_for<std::vector<TokenRecord>>([](Parts& parts) { return parts.tokens->load(); }, false);
}

Result<std::vector<TaskRecord>> SqliteStore::load_tasks() {
    return wait_for<std::vector<TaskRecord>>(
        [](Parts& parts) -> Result<std::vector<TaskRecord>> {
            constexpr std::int64_t all = -1;  // SQLite's word for no limit
            if (auto pruned = parts.tasks->prune(now_ms(), all); !pruned) return Failure(std::move(pruned).error());
            return parts.tasks->load();
        },
        false);
}

void SqliteStore::submit(std::function<Result<void>(Parts&)> work, Done done) {
    Parts& parts = *parts_;
    parts.writer->submit({[&parts, work = std::move(work)] { return work(parts); },
                          // Moved on, not copied: what `done` holds is the loop's and must not end on this thread.
                          [&loop = parts.loop, done = std::move(done)](Result<void> answer) mutable {
                              loop.post([done = std::move(done), answer = std::move(answer)] { done(answer); });
                          }});
}

template <class T>
void SqliteStore::submit_question(std::function<Result<T>(Parts&)> work, std::function<void(Result<T>)> done) {
    // Shared, because a Loop::Task must be copyable and secrets are not.
    auto found = std::make_shared<Result<T>>(fail(Errc::internal, "the store did not answer"));
    submit(
        [found, work = std::move(work)](Parts& parts) -> Result<void> {
            *found = work(parts);
            if (!*found) return Failure(found->error());
            return {};
        },
        [found, done = std::move(done)](Result<void> answer) {
            if (answer) {
                done(std::move(*found));
            } else {
                done(Failure(std::move(answer).error()));
            }
        });
}

void SqliteStore::add_node(NodeRecord record, Done done) {
    auto shared = std::make_shared<const NodeRecord>(std::move(record));
    submit([shared](Parts& parts) { return parts.nodes->add(*shared); }, std::move(done));
}

void SqliteStore::update_node(std::string label, NodeRecord record, Done done) {
    record.refusal.clear();
    record.refusal_code = Errc::credentials_rejected;
    auto shared = std::make_shared<const NodeRecord>(std::move(record));
    submit([shared, label = std::move(label)](Parts& parts) { return parts.nodes->replace(label, *shared); },
           std::move(done));
}

void SqliteStore::remove_node(std::string label, Done done) {
    submit([label = std::move(label)](Parts& parts) { return parts.nodes->remove(label); }, std::move(done));
}

void SqliteStore::read_secrets(std::string label, SecretsDone done) {
    submit_question<SecretFields>([label = std::move(label)](Parts& parts) { return parts.nodes->secrets(label); },
                                  std::move(done));
}

void SqliteStore::put_metadata(std::string label, std::string key, std::string json, Done done) {
    submit([label = std::move(label), key = std::move(key),
            json = std::move(json)](Parts& parts) { return parts.nodes->put_metadata(label, key, json); },
           std::move(done));
}

void SqliteStore::remove_metadata(std::string label, std::string key, Done done) {
    submit([label = std::move(label),
            key = std::move(key)](Parts& parts) { return parts.nodes->remove_metadata(label, key); },
           std::move(done));
}

void SqliteStore::put_refusal(std::string label, Errc code, std::string sentence, Done done) {
    submit([label = std::move(label), code,
            sentence = std::move(sentence)](Parts& parts) { return parts.nodes->put_refusal(label, code, sentence); },
           std::move(done));
}

void SqliteStore::put_token(TokenRecord record, Done done) {
    submit([record = std::move(record)](Parts& parts) { return parts.tokens->put(record); }, std::move(done));
}

void SqliteStore::remove_token(std::string id, Done done) {
    submit([id = std::move(id)](Parts& parts) { return parts.tokens->remove(id); }, std::move(done));
}

void SqliteStore::add_audit(AuditRecord record) { parts_->audit->add(std::move(record)); }

void SqliteStore::read_audit(AuditQuery query, AuditDone done) {
    submit_question<std::vector<AuditRecord>>(
        [query = std::move(query)](Parts& parts) { return parts.audit->read(query); }, std::move(done));
}

void SqliteStore::put_task(TaskRecord record, Done done) {
    submit(
        [record = std::move(record)](Parts& parts) -> Result<void> {
            if (auto stored = parts.tasks->put(record); !stored) return stored;
            return parts.tasks->prune(now_ms(), tasks_pruned_at_once);
        },
        std::move(done));
}

}  // namespace haas::store

#include "core/store/sqlite_store.hpp"

#include <future>
#include <optional>
#include <utility>

#include "core/store/daemon_lock.hpp"
#include "core/store/node_table.hpp"
#include "core/store/schema.hpp"
#include "core/store/writer.hpp"

namespace haas::store {

// Destroyed from the bottom up: the writer finishes, the connection closes, then another daemon may come.
struct SqliteStore::Parts {
    Parts(DaemonLock taken, Database opened, Loop& answered)
        : lock(std::move(taken)), database(std::move(opened)), loop(answered) {}

    DaemonLock lock;
    Database database;
    Loop& loop;
    std::optional<NodeTable> nodes;  // the writer's thread only
    std::unique_ptr<Writer> writer;
};

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::filesystem::path& file, Loop& loop) {
    const auto resolved = resolve_database(file);
    if (!resolved) return Failure(resolved.error());
    auto lock = DaemonLock::take(*resolved);
    if (!lock) return Failure(std::move(lock).error());
    auto database = open_database(*resolved);
    if (!database) return Failure(std::move(database).error());

    auto parts = std::make_unique<Parts>(std::move(*lock), std::move(*database), loop);
    auto nodes = NodeTable::prepare(parts->database);
    if (!nodes) return Failure(std::move(nodes).error());
    parts->nodes.emplace(std::move(*nodes));
    auto writer = Writer::start(parts->database);
    if (!writer) return Failure(std::move(writer).error());
    parts->writer = std::move(*writer);
    return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(parts)));
}

SqliteStore::SqliteStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

SqliteStore::~SqliteStore() = default;

Result<std::vector<NodeRecord>> SqliteStore::load_nodes() {
    std::promise<Result<void>> finished;
    Result<std::vector<NodeRecord>> records;
    parts_->writer->submit({[&]() -> Result<void> {
                                records = parts_->nodes->load();
                                if (!records) return Failure(records.error());
                                return {};
                            },
                            [&](Result<void> done) { finished.set_value(std::move(done)); }});
    if (auto done = finished.get_future().get(); !done) return Failure(std::move(done).error());
    return records;
}

void SqliteStore::submit(std::function<Result<void>(NodeTable&)> work, Done done) {
    NodeTable& nodes = *parts_->nodes;
    Loop& loop = parts_->loop;
    parts_->writer->submit({[&nodes, work = std::move(work)] { return work(nodes); },
                            // Moved on, not copied: what `done` holds is the loop's and must not end on this thread.
                            [&loop, done = std::move(done)](Result<void> answer) mutable {
                                loop.post([done = std::move(done), answer = std::move(answer)] { done(answer); });
                            }});
}

void SqliteStore::add_node(NodeRecord record, Done done) {
    submit([record = std::move(record)](NodeTable& nodes) { return nodes.add(record); }, std::move(done));
}

void SqliteStore::remove_node(std::string label, Done done) {
    submit([label = std::move(label)](NodeTable& nodes) { return nodes.remove(label); }, std::move(done));
}

void SqliteStore::put_metadata(std::string label, std::string key, std::string json, Done done) {
    submit([label = std::move(label), key = std::move(key),
            json = std::move(json)](NodeTable& nodes) { return nodes.put_metadata(label, key, json); },
           std::move(done));
}

void SqliteStore::remove_metadata(std::string label, std::string key, Done done) {
    submit([label = std::move(label),
            key = std::move(key)](NodeTable& nodes) { return nodes.remove_metadata(label, key); },
           std::move(done));
}

void SqliteStore::put_refusal(std::string label, std::string sentence, Done done) {
    submit([label = std::move(label),
            sentence = std::move(sentence)](NodeTable& nodes) { return nodes.put_refusal(label, sentence); },
           std::move(done));
}

}  // namespace haas::store

// The store as one SQLite file: a thread of its own writes, and commits together all that waits.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/loop.hpp"
#include "core/base/result.hpp"
#include "core/store/store.hpp"

namespace haas::store {

class NodeTable;

class SqliteStore final : public Store {
public:
    // Opens the database, or makes a new one (0600, as all files beside it: -wal, -shm, .lock), brings it to this
    // version's layout and keeps every other daemon out until destroyed.  An error is a sentence that names the file:
    // folder missing, held by another daemon (with its pid), no SQLite database, another program's, a newer version's.
    // The loop must outlive the store.
    static Result<std::unique_ptr<SqliteStore>> open(const std::filesystem::path& file, Loop& loop);

    // Carries out what was submitted, posts the answers and closes the file.  Blocks for as long as the disk takes.
    ~SqliteStore() override;
    SqliteStore(const SqliteStore&) = delete;
    SqliteStore& operator=(const SqliteStore&) = delete;

    // All nodes, sorted by label, their metadata sorted by label; sees every change submitted before.  Blocks: for
    // start-up, before the loop runs.
    Result<std::vector<NodeRecord>> load_nodes();

    // From any thread; see Store.
    void add_node(NodeRecord record, Done done) override;
    void remove_node(std::string label, Done done) override;
    void put_metadata(std::string label, std::string key, std::string json, Done done) override;
    void remove_metadata(std::string label, std::string key, Done done) override;
    void put_refusal(std::string label, std::string sentence, Done done) override;

private:
    struct Parts;
    explicit SqliteStore(std::unique_ptr<Parts> parts);
    void submit(std::function<Result<void>(NodeTable&)> work, Done done);

    std::unique_ptr<Parts> parts_;
};

}  // namespace haas::store

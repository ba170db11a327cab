#include "core/store/node_table.hpp"

#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace haas::store {
namespace {

Error not_found(std::string message) { return Error{Errc::not_found, std::move(message), Effect::none}; }

Failure damaged(const Database& database, std::string_view what) {
    return fail(Errc::internal, fmt::format("the database {} is damaged: {}", database.file().string(), what));
}

Result<Field> read_field(const Statement& row, const Database& database) {
    const std::string kind = row.text(2);
    if (kind == "string") return Field{row.text(1), row.text(3)};
    if (kind == "int") return Field{row.text(1), row.integer(3)};
    if (kind == "bool") return Field{row.text(1), row.integer(3) != 0};
    return damaged(database, fmt::format("a field of kind '{}'", kind));
}

// Calls `each` for every row of the query until it answers an error.
template <class Each>
Result<void> for_each_row(Database& database, std::string_view sql, Each each) {
    auto query = database.prepare(sql);
    if (!query) return Failure(std::move(query).error());
    int code = query->step();
    for (; code == SQLITE_ROW; code = query->step()) {
        if (Result<void> done = each(*query); !done) return done;
    }
    if (code != SQLITE_DONE) return Failure(database.error());
    return {};
}

}  // namespace

Result<NodeTable> NodeTable::prepare(Database& database) {
    NodeTable table(database);
    const std::pair<Statement*, std::string_view> statements[] = {
        {&table.insert_node_, "INSERT INTO node (label, type, refusal) VALUES (?1, ?2, ?3)"},
        {&table.insert_field_, "INSERT INTO field (node, position, name, kind, value) VALUES (?1, ?2, ?3, ?4, ?5)"},
        {&table.insert_metadata_, "INSERT INTO metadata (node, label, json) VALUES (?1, ?2, ?3)"},
        {&table.delete_node_, "DELETE FROM node WHERE label = ?1"},
        {&table.put_metadata_,
         "INSERT INTO metadata (node, label, json) SELECT id, ?2, ?3 FROM node WHERE label = ?1 "
         "ON CONFLICT (node, label) DO UPDATE SET json = excluded.json"},
        {&table.delete_metadata_,
         "DELETE FROM metadata WHERE node = (SELECT id FROM node WHERE label = ?1) AND label = ?2"},
        {&table.put_refusal_, "UPDATE node SET refusal = ?2 WHERE label = ?1"},
    };
    for (const auto& [statement, sql] : statements) {
        auto prepared = database.prepare(sql);
        if (!prepared) return Failure(std::move(prepared).error());
        *statement = std::move(*prepared);
    }
    return table;
}

Result<void> NodeTable::run(Statement& statement) {
    const int code = statement.step();
    // Before reset(), which may change what the connection remembers.
    Result<void> done;
    if (code != SQLITE_DONE) done = Failure(database_->error());
    statement.reset();
    return done;
}

Result<void> NodeTable::change(Statement& statement, std::string missing) {
    auto done = run(statement);
    if (done && database_->changes() == 0) return Failure(not_found(std::move(missing)));
    return done;
}

Result<void> NodeTable::add(const NodeRecord& record) {
    insert_node_.bind(1, record.label);
    insert_node_.bind(2, record.type);
    insert_node_.bind(3, record.refusal);
    if (auto done = run(insert_node_); !done) {
        if (!database_->broke_uniqueness()) return done;
        return fail(Errc::duplicate, fmt::format("node {} is there already", record.label));
    }
    const std::int64_t node = database_->last_row_id();

    for (std::size_t i = 0; i < record.fields.size(); ++i) {
        const Field& field = record.fields[i];
        if (auto done = add_field(node, static_cast<std::int64_t>(i), field); !done) {
            if (!database_->broke_uniqueness()) return done;
            return fail(Errc::invalid, fmt::format("node {} has the field {} twice", record.label, field.name));
        }
    }
    for (const auto& [label, json] : record.metadata) {
        insert_metadata_.bind(1, node);
        insert_metadata_.bind(2, label);
        insert_metadata_.bind(3, json);
        if (auto done = run(insert_metadata_); !done) {
            if (!database_->broke_uniqueness()) return done;
            return fail(Errc::invalid, fmt::format("node {} has the metadata {} twice", record.label, label));
        }
    }
    return {};
}

Result<void> NodeTable::add_field(std::int64_t node, std::int64_t position, const Field& field) {
    insert_field_.bind(1, node);
    insert_field_.bind(2, position);
    insert_field_.bind(3, field.name);
    if (const auto* text = std::get_if<std::string>(&field.value)) {
        insert_field_.bind(4, "string");
        insert_field_.bind(5, *text);
    } else if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
        insert_field_.bind(4, "int");
        insert_field_.bind(5, *number);
    } else {
        insert_field_.bind(4, "bool");
        insert_field_.bind(5, static_cast<std::int64_t>(std::get<bool>(field.value)));
    }
    return run(insert_field_);
}

Result<void> NodeTable::remove(std::string_view label) {
    delete_node_.bind(1, label);
    return change(delete_node_, fmt::format("there is no node {}", label));
}

Result<void> NodeTable::put_metadata(std::string_view label, std::string_view key, std::string_view json) {
    put_metadata_.bind(1, label);
    put_metadata_.bind(2, key);
    put_metadata_.bind(3, json);
    return change(put_metadata_, fmt::format("there is no node {}", label));
}

Result<void> NodeTable::remove_metadata(std::string_view label, std::string_view key) {
    delete_metadata_.bind(1, label);
    delete_metadata_.bind(2, key);
    return change(delete_metadata_, fmt::format("node {} has no metadata {}", label, key));
}

Result<void> NodeTable::put_refusal(std::string_view label, std::string_view sentence) {
    put_refusal_.bind(1, label);
    put_refusal_.bind(2, sentence);
    return change(put_refusal_, fmt::format("there is no node {}", label));
}

Result<std::vector<NodeRecord>> NodeTable::load() {
    std::vector<NodeRecord> records;
    std::unordered_map<std::int64_t, std::size_t> index;  // of a node's row in `records`
    auto done = for_each_row(*database_, "SELECT id, label, type, refusal FROM node ORDER BY label", [&](const Statement& row) {
        index.emplace(row.integer(0), records.size());
        records.push_back(NodeRecord{row.text(1), row.text(2), {}, {}, row.text(3)});
        return Result<void>();
    });
    if (!done) return Failure(std::move(done).error());

    constexpr auto fields = "SELECT node, name, kind, value FROM field ORDER BY node, position";
    done = for_each_row(*database_, fields, [&](const Statement& row) -> Result<void> {
        const auto owner = index.find(row.integer(0));
        if (owner == index.end()) return damaged(*database_, "a field without a node");
        auto field = read_field(row, *database_);
        if (!field) return Failure(std::move(field).error());
        records[owner->second].fields.push_back(std::move(*field));
        return {};
    });
    if (!done) return Failure(std::move(done).error());

    constexpr auto metadata = "SELECT node, label, json FROM metadata ORDER BY node, label";
    done = for_each_row(*database_, metadata, [&](const Statement& row) -> Result<void> {
        const auto owner = index.find(row.integer(0));
        if (owner == index.end()) return damaged(*database_, "metadata without a node");
        records[owner->second].metadata.emplace_back(row.text(1), row.text(2));
        return {};
    });
    if (!done) return Failure(std::move(done).error());
    return records;
}

}  // namespace haas::store

#include "core/store/node_table.hpp"

#include <optional>

#include <fmt/format.h>

#include "core/base/log.hpp"
#include "core/store/sealed_fields.hpp"

namespace haas::store {
namespace {

Failure damaged(const Database& database, std::string_view what) {
    return fail(Errc::internal, fmt::format("the database {} is damaged: {}", database.file().string(), what));
}

Failure no_node(std::string_view label) { return fail(Errc::not_found, fmt::format("there is no node {}", label)); }

Result<Field> read_field(const Statement& row, const Database& database) {
    const std::string kind = row.text(2);
    if (kind == "string") return Field{row.text(1), row.text(3)};
    if (kind == "int") return Field{row.text(1), row.integer(3)};
    if (kind == "bool") return Field{row.text(1), row.integer(3) != 0};
    return damaged(database, fmt::format("a field of kind '{}'", kind));
}

// Of a refusal.  A word of another version is taken for the way in which most are refused.
Errc code_named(std::string_view word) {
    for (auto number = static_cast<unsigned>(Errc::invalid); number <= static_cast<unsigned>(Errc::internal); ++number) {
        if (name(static_cast<Errc>(number)) == word) return static_cast<Errc>(number);
    }
    return Errc::credentials_rejected;
}

}  // namespace

Result<NodeTable> NodeTable::prepare(Database& database, SealingKey key) {
    NodeTable table(database, std::move(key));
    auto prepared = database.prepare_all({
        {&table.insert_node_, "INSERT INTO node (label, type, refusal, refusal_code) VALUES (?1, ?2, ?3, ?4)"},
        {&table.find_node_, "SELECT id FROM node WHERE label = ?1"},
        {&table.update_node_, "UPDATE node SET type = ?2, refusal = ?3, refusal_code = ?4 WHERE id = ?1"},
        {&table.insert_field_, "INSERT INTO field (node, position, name, kind, value) VALUES (?1, ?2, ?3, ?4, ?5)"},
        {&table.delete_fields_, "DELETE FROM field WHERE node = ?1"},
        {&table.put_secret_,
         "INSERT INTO secret (node, key_id, sealed) VALUES (?1, ?2, ?3) "
         "ON CONFLICT (node) DO UPDATE SET key_id = excluded.key_id, sealed = excluded.sealed"},
        {&table.delete_secret_, "DELETE FROM secret WHERE node = ?1"},
        {&table.find_secret_,
         "SELECT node.type, secret.key_id, secret.sealed FROM node LEFT JOIN secret ON secret.node = node.id "
         "WHERE node.label = ?1"},
        {&table.insert_metadata_, "INSERT INTO metadata (node, label, json) VALUES (?1, ?2, ?3)"},
        {&table.delete_node_, "DELETE FROM node WHERE label = ?1"},
        {&table.put_metadata_,
         "INSERT INTO metadata (node, label, json) SELECT id, ?2, ?3 FROM node WHERE label = ?1 "
         "ON CONFLICT (node, label) DO UPDATE SET json = excluded.json"},
        {&table.delete_metadata_,
         "DELETE FROM metadata WHERE node = (SELECT id FROM node WHERE label = ?1) AND label = ?2"},
        {&table.put_refusal_, "UPDATE node SET refusal = ?2, refusal_code = ?3 WHERE label = ?1"},
    });
    if (!prepared) return Failure(std::move(prepared).error());
    return table;
}

Result<void> NodeTable::add(const NodeRecord& record) {
    insert_node_.bind(1, record.label);
    insert_node_.bind(2, record.type);
    insert_node_.bind(3, record.refusal);
    insert_node_.bind(4, name(record.refusal_code));
    if (auto done = database_->run(insert_node_); !done) {
        if (!database_->broke_uniqueness()) return done;
        return fail(Errc::duplicate, fmt::format("node {} is there already", record.label));
    }
    const std::int64_t node = database_->last_row_id();

    if (auto done = add_fields(node, record.label, record); !done) return done;
    for (const auto& [label, json] : record.metadata) {
        insert_metadata_.bind(1, node);
        insert_metadata_.bind(2, label);
        insert_metadata_.bind(3, json);
        if (auto done = database_->run(insert_metadata_); !done) {
            if (!database_->broke_uniqueness()) return done;
            return fail(Errc::invalid, fmt::format("node {} has the metadata {} twice", record.label, label));
        }
    }
    return {};
}

Result<void> NodeTable::replace(std::string_view label, const NodeRecord& record) {
    std::optional<std::int64_t> node;
    find_node_.bind(1, label);
    auto done = database_->for_each_row(find_node_, [&](const Statement& row) {
        node = row.integer(0);
        return Result<void>();
    });
    if (!done) return done;
    if (!node) return no_node(label);

    update_node_.bind(1, *node);
    update_node_.bind(2, record.type);
    update_node_.bind(3, record.refusal);
    update_node_.bind(4, name(record.refusal_code));
    if (done = database_->run(update_node_); !done) return done;
    delete_fields_.bind(1, *node);
    if (done = database_->run(delete_fields_); !done) return done;
    delete_secret_.bind(1, *node);
    if (done = database_->run(delete_secret_); !done) return done;
    return add_fields(*node, label, record);
}

Result<void> NodeTable::add_fields(std::int64_t node, std::string_view label, const NodeRecord& record) {
    const auto twice = [&](const std::string& name) {
        return fail(Errc::invalid, fmt::format("node {} has the field {} twice", label, name));
    };
    const Fields& secrets = record.secrets.reveal();
    for (std::size_t i = 0; i < secrets.size(); ++i) {
        if (record.secrets.find(secrets[i].name) != &secrets[i]) return twice(secrets[i].name);
    }
    for (std::size_t i = 0; i < record.fields.size(); ++i) {
        const Field& field = record.fields[i];
        if (record.secrets.find(field.name) != nullptr) return twice(field.name);
        if (auto done = add_field(node, static_cast<std::int64_t>(i), field); !done) {
            return database_->broke_uniqueness() ? Result<void>(twice(field.name)) : done;
        }
    }
    if (secrets.empty()) return {};
    const auto sealed = seal_fields(key_, label, record.type, record.secrets);
    if (!sealed) return Failure(sealed.error());
    put_secret_.bind(1, node);
    put_secret_.bind_bytes(2, key_.id());
    put_secret_.bind_bytes(3, *sealed);
    return database_->run(put_secret_);
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
    return database_->run(insert_field_);
}

Result<void> NodeTable::remove(std::string_view label) {
    delete_node_.bind(1, label);
    return database_->change(delete_node_, fmt::format("there is no node {}", label));
}

Result<SecretFields> NodeTable::open(std::string_view label, std::string_view type, std::string_view key_id,
                                     std::string_view sealed) const {
    auto opened = open_fields(key_, label, type, sealed);
    if (opened || opened.error().code != Errc::invalid) return opened;
    return fail(Errc::internal,
                fmt::format("the secrets of node {} in the database {} cannot be opened ({}): they were damaged, or do not "
                            "belong to this node; delete the node and register it again",
                            label, database_->file().string(),
                            key_id == key_.id() ? opened.error().message
                                                : fmt::format("sealed with the key {}, not with {}",
                                                              printable_key_id(key_id), printable_key_id(key_.id()))));
}

Result<SecretFields> NodeTable::secrets(std::string_view label) {
    Result<SecretFields> found = no_node(label);
    find_secret_.bind(1, label);
    const auto done = database_->for_each_row(find_secret_, [&](const Statement& row) -> Result<void> {
        const std::string sealed = row.bytes(2);
        found = sealed.empty() ? SecretFields() : open(label, row.text(0), row.bytes(1), sealed);
        return {};
    });
    if (!done) return Failure(done.error());
    return found;
}

Result<void> NodeTable::put_metadata(std::string_view label, std::string_view key, std::string_view json) {
    put_metadata_.bind(1, label);
    put_metadata_.bind(2, key);
    put_metadata_.bind(3, json);
    return database_->change(put_metadata_, fmt::format("there is no node {}", label));
}

Result<void> NodeTable::remove_metadata(std::string_view label, std::string_view key) {
    delete_metadata_.bind(1, label);
    delete_metadata_.bind(2, key);
    return database_->change(delete_metadata_, fmt::format("node {} has no metadata {}", label, key));
}

Result<void> NodeTable::put_refusal(std::string_view label, Errc code, std::string_view sentence) {
    put_refusal_.bind(1, label);
    put_refusal_.bind(2, sentence);
    put_refusal_.bind(3, name(code));
    return database_->change(put_refusal_, fmt::format("there is no node {}", label));
}

Result<std::vector<NodeTable::Loaded>> NodeTable::load() {
    std::vector<Loaded> all;
    RowIndex index;
    constexpr auto nodes =
        "SELECT node.label, node.type, node.refusal, secret.key_id, secret.sealed, node.id, node.refusal_code FROM node "
        "LEFT JOIN secret ON secret.node = node.id ORDER BY node.label";
    auto done = database_->for_each_row(nodes, [&](const Statement& row) -> Result<void> {
        Loaded loaded{NodeRecord{row.text(0), row.text(1), {}, {}, {}, row.text(2), code_named(row.text(6))}};
        if (const std::string sealed = row.bytes(4); !sealed.empty()) {
            auto secrets = open(loaded.record.label, loaded.record.type, row.bytes(3), sealed);
            loaded.opened = secrets.has_value();
            if (secrets) {
                loaded.record.secrets = std::move(*secrets);
            } else {
                // One node's damage must not keep all others from being served.
                log::error("store.secrets_damaged", {{"node", loaded.record.label}, {"msg", secrets.error().message}});
                loaded.record.refusal = secrets.error().message;
            }
        }
        index.emplace(row.integer(5), all.size());
        all.push_back(std::move(loaded));
        return {};
    });
    if (done) done = load_fields(all, index);
    if (!done) return Failure(std::move(done).error());
    return all;
}

Result<void> NodeTable::load_fields(std::vector<Loaded>& all, const RowIndex& index) {
    const auto record_of = [&](std::int64_t node) {
        const auto owner = index.find(node);
        return owner == index.end() ? nullptr : &all[owner->second].record;
    };

    constexpr auto fields = "SELECT node, name, kind, value FROM field ORDER BY node, position";
    auto done = database_->for_each_row(fields, [&](const Statement& row) -> Result<void> {
        NodeRecord* record = record_of(row.integer(0));
        if (record == nullptr) return damaged(*database_, "a field without a node");
        auto field = read_field(row, *database_);
        if (!field) return Failure(std::move(field).error());
        record->fields.push_back(std::move(*field));
        return {};
    });
    if (!done) return done;

    constexpr auto metadata = "SELECT node, label, json FROM metadata ORDER BY node, label";
    return database_->for_each_row(metadata, [&](const Statement& row) -> Result<void> {
        NodeRecord* record = record_of(row.integer(0));
        if (record == nullptr) return damaged(*database_, "metadata without a node");
        record->metadata.emplace_back(row.text(1), row.text(2));
        return {};
    });
}

Result<std::size_t> NodeTable::reseal(SealingKey key) {
    struct Sealed {
        std::int64_t node;
        std::string bytes;
    };
    std::vector<Sealed> all;
    constexpr auto rows =
        "SELECT node.id, node.label, node.type, secret.key_id, secret.sealed FROM secret JOIN node ON node.id = secret.node";
    auto done = database_->for_each_row(rows, [&](const Statement& row) -> Result<void> {
        const std::string label = row.text(1);
        const std::string type = row.text(2);
        const auto secrets = open(label, type, row.bytes(3), row.bytes(4));
        if (!secrets) return Failure(secrets.error());
        auto sealed = seal_fields(key, label, type, *secrets);
        if (!sealed) return Failure(std::move(sealed).error());
        all.push_back({row.integer(0), std::move(*sealed)});
        return {};
    });
    if (!done) return Failure(std::move(done).error());
    for (const auto& [node, sealed] : all) {
        put_secret_.bind(1, node);
        put_secret_.bind_bytes(2, key.id());
        put_secret_.bind_bytes(3, sealed);
        if (done = database_->run(put_secret_); !done) return Failure(std::move(done).error());
    }
    key_ = std::move(key);
    return all.size();
}

}  // namespace haas::store

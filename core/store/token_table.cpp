#include "core/store/token_table.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace haas::store {

Result<TokenTable> TokenTable::prepare(Database& database) {
    TokenTable table(database);
    auto prepared = database.prepare_all({
        {&table.delete_obmd_, "DELETE FROM token WHERE obmd = 1 AND node = (SELECT id FROM node WHERE label = ?1)"},
        {&table.insert_,
         "INSERT INTO token (id, node, rights, label, digest, created, expires, creator, obmd) "
         "SELECT ?1, id, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM node WHERE label = ?2"},
        {&table.delete_, "DELETE FROM token WHERE id = ?1"},
    });
    if (!prepared) return Failure(std::move(prepared).error());
    return table;
}

Result<void> TokenTable::put(const TokenRecord& record) {
    if (record.obmd) {
        delete_obmd_.bind(1, record.node);
        if (auto done = database_->run(delete_obmd_); !done) return done;
    }
    insert_.bind(1, record.id);
    insert_.bind(2, record.node);
    insert_.bind(3, std::int64_t{record.rights.bits()});
    insert_.bind(4, record.label);
    insert_.bind_bytes(5, std::string_view(reinterpret_cast<const char*>(record.digest.data()), record.digest.size()));
    insert_.bind(6, record.created);
    insert_.bind(7, record.expires);
    insert_.bind(8, record.creator);
    insert_.bind(9, std::int64_t{record.obmd ? 1 : 0});
    auto done = database_->change(insert_, fmt::format("there is no node {}", record.node));
    if (!done && database_->broke_uniqueness()) {
        return fail(Errc::duplicate, fmt::format("the token {} is there already", record.id));
    }
    return done;
}

Result<void> TokenTable::remove(std::string_view id) {
    delete_.bind(1, id);
    return database_->change(delete_, fmt::format("there is no token {}", id));
}

Result<std::vector<TokenRecord>> TokenTable::load() {
    std::vector<TokenRecord> all;
    constexpr auto rows =
        "SELECT token.id, node.label, rights, token.label, digest, created, expires, creator, obmd FROM token "
        "JOIN node ON node.id = token.node ORDER BY token.id";
    auto done = database_->for_each_row(rows, [&](const Statement& row) -> Result<void> {
        const auto rights = Rights::from_bits(row.integer(2));
        const std::string digest = row.bytes(4);
        TokenRecord record{row.text(0), row.text(1), {}, row.text(3), {}, row.integer(5), row.integer(6), row.text(7),
                           row.integer(8) != 0};
        if (!rights || digest.size() != record.digest.size()) {
            return fail(Errc::internal, fmt::format("the database {} is damaged: the token {} has rights or a digest that "
                                                    "cannot be",
                                                    database_->file().string(), record.id));
        }
        record.rights = *rights;
        std::copy(digest.begin(), digest.end(), reinterpret_cast<char*>(record.digest.data()));
        all.push_back(std::move(record));
        return {};
    });
    if (!done) return Failure(std::move(done).error());
    return all;
}

}  // namespace haas::store

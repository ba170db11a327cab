// SQLite's connection and statement as C++ objects whose failures are Results.  Private to core/store; knows no table.
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <sqlite3.h>

#include "core/base/result.hpp"

namespace haas::store {

class Statement;

// One connection.  It is used by one thread at a time, and outlives its statements.
class Database {
public:
    // `uri` is a file: URI; `file` is what error messages call it; `flags` are SQLITE_OPEN_….
    static Result<Database> open(const std::string& uri, const std::filesystem::path& file, int flags);

    // Runs statements that give no rows, or whose rows do not matter.
    Result<void> execute(const char* sql);
    // The first column of the first row; 0 when there is no row.
    Result<std::int64_t> integer(const char* sql);
    Result<std::string> text(const char* sql);
    Result<Statement> prepare(std::string_view sql);
    Result<void> prepare_all(std::initializer_list<std::pair<Statement*, std::string_view>> statements);
    // Runs a statement that gives no rows, and resets it.
    Result<void> run(Statement& statement);
    // The same; Errc::not_found with `missing` when it changed no row.
    Result<void> change(Statement& statement, std::string missing);
    // Calls `each(statement)` for every row until it answers an error, and resets the statement.
    template <class Each>
    Result<void> for_each_row(Statement& statement, Each each);
    template <class Each>
    Result<void> for_each_row(std::string_view sql, Each each);

    void set_busy_timeout(int ms) { sqlite3_busy_timeout(handle_.get(), ms); }

    // SQLite opens a file it may not write all the same, for reading.
    bool read_only() const { return sqlite3_db_readonly(handle_.get(), "main") == 1; }
    // Is a transaction open?  SQLite ends one on its own when the disk is full or fails.
    bool in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }
    // Is the file that is open no longer the one at its path?
    bool moved() const;
    // Rows that the last statement itself inserted, updated or deleted.
    int changes() const { return sqlite3_changes(handle_.get()); }
    std::int64_t last_row_id() const { return sqlite3_last_insert_rowid(handle_.get()); }

    // Did the last call break UNIQUE or PRIMARY KEY?
    bool broke_uniqueness() const;
    // Errc::internal: the file, and the reason of the last call's failure.
    Error error() const;
    const std::filesystem::path& file() const { return file_; }

private:
    struct Close {
        void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
    };

    std::unique_ptr<sqlite3, Close> handle_;
    std::filesystem::path file_;
};

// A prepared statement, used again and again: bind, step until it says false, reset.
class Statement {
public:
    Statement() = default;  // good only to be assigned to

    // Parameters count from 1.  What a text points to must live until reset().
    void bind(int parameter, std::string_view text);
    void bind(int parameter, std::int64_t number);
    void bind_bytes(int parameter, std::string_view bytes);

    // Result code as SQLite's: SQLITE_ROW, SQLITE_DONE or an error, a bind()'s too.
    int step();
    // Ready for the next use; forgets what was bound.
    void reset();

    // Columns of the current row count from 0.
    std::string text(int column) const;
    std::string bytes(int column) const;
    std::int64_t integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }

private:
    friend class Database;
    struct Finalize {
        void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
    };
    explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}

    std::unique_ptr<sqlite3_stmt, Finalize> handle_;
    int bind_failure_ = SQLITE_OK;
};

template <class Each>
Result<void> Database::for_each_row(Statement& statement, Each each) {
    Result<void> done;
    int code = statement.step();
    for (; done && code == SQLITE_ROW; code = statement.step()) done = each(std::as_const(statement));
    // Before reset(), which may change what the connection remembers.
    if (done && code != SQLITE_DONE) done = Failure(error());
    statement.reset();
    return done;
}

template <class Each>
Result<void> Database::for_each_row(std::string_view sql, Each each) {
    auto query = prepare(sql);
    if (!query) return Failure(std::move(query).error());
    return for_each_row(*query, std::move(each));
}

// The file: URI of a path, whatever bytes the path has.
std::string file_uri(const std::filesystem::path& file);

}  // namespace haas::store

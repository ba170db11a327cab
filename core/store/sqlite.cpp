#include "core/store/sqlite.hpp"

#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace haas::store {

Result<Database> Database::open(const std::string& uri, const std::filesystem::path& file, int flags) {
    Database database;
    database.file_ = file;
    sqlite3* handle = nullptr;
    // NOMUTEX: the contract above says one thread at a time.
    const int code = sqlite3_open_v2(uri.c_str(), &handle,
                                     flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    database.handle_.reset(handle);
    if (handle == nullptr) return fail(Errc::internal, fmt::format("database {}: out of memory", file.string()));
    if (code != SQLITE_OK) return Failure(database.error());
    return database;
}

Result<void> Database::execute(const char* sql) {
    if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) return Failure(error());
    return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* handle = nullptr;
    if (sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &handle,
                           nullptr) != SQLITE_OK) {
        return Failure(error());
    }
    return Statement(handle);
}

Result<void> Database::prepare_all(std::initializer_list<std::pair<Statement*, std::string_view>> statements) {
    for (const auto& [statement, sql] : statements) {
        auto prepared = prepare(sql);
        if (!prepared) return Failure(std::move(prepared).error());
        *statement = std::move(*prepared);
    }
    return {};
}

Result<void> Database::run(Statement& statement) {
    const int code = statement.step();
    // Before reset(), which may change what the connection remembers.
    Result<void> done;
    if (code != SQLITE_DONE) done = Failure(error());
    statement.reset();
    return done;
}

Result<void> Database::change(Statement& statement, std::string missing) {
    auto done = run(statement);
    if (done && changes() == 0) return fail(Errc::not_found, std::move(missing));
    return done;
}

Result<std::int64_t> Database::integer(const char* sql) {
    auto statement = prepare(sql);
    if (!statement) return Failure(std::move(statement).error());
    const int code = statement->step();
    if (code == SQLITE_ROW) return statement->integer(0);
    if (code == SQLITE_DONE) return 0;
    return Failure(error());
}

Result<std::string> Database::text(const char* sql) {
    auto statement = prepare(sql);
    if (!statement) return Failure(std::move(statement).error());
    const int code = statement->step();
    if (code == SQLITE_ROW) return statement->text(0);
    if (code == SQLITE_DONE) return std::string();
    return Failure(error());
}

bool Database::moved() const {
    int moved = 0;
    return sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0;
}

bool Database::broke_uniqueness() const {
    const int code = sqlite3_extended_errcode(handle_.get());
    return code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY;
}

Error Database::error() const {
    std::string message = fmt::format("database {}: {}", file_.string(), sqlite3_errmsg(handle_.get()));
    // "disk I/O error" alone helps nobody: the system's own word says which.
    const int primary = sqlite3_errcode(handle_.get()) & 0xff;
    const int system = sqlite3_system_errno(handle_.get());
    if (system != 0 && (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN || primary == SQLITE_FULL)) {
        message += fmt::format(" ({})", std::strerror(system));
    }
    return Error{Errc::internal, std::move(message), Effect::none};
}

void Statement::bind(int parameter, std::string_view text) {
    // A null pointer would bind NULL instead of the empty string.
    const char* bytes = text.data() == nullptr ? "" : text.data();
    const int code = sqlite3_bind_text64(handle_.get(), parameter, bytes, text.size(), SQLITE_STATIC, SQLITE_UTF8);
    if (code != SQLITE_OK) bind_failure_ = code;
}

void Statement::bind(int parameter, std::int64_t number) {
    const int code = sqlite3_bind_int64(handle_.get(), parameter, number);
    if (code != SQLITE_OK) bind_failure_ = code;
}

void Statement::bind_bytes(int parameter, std::string_view bytes) {
    const char* first = bytes.data() == nullptr ? "" : bytes.data();
    const int code = sqlite3_bind_blob64(handle_.get(), parameter, first, bytes.size(), SQLITE_STATIC);
    if (code != SQLITE_OK) bind_failure_ = code;
}

int Statement::step() { return bind_failure_ != SQLITE_OK ? bind_failure_ : sqlite3_step(handle_.get()); }

void Statement::reset() {
    bind_failure_ = SQLITE_OK;
    sqlite3_reset(handle_.get());
    sqlite3_clear_bindings(handle_.get());
}

std::string Statement::text(int column) const {
    // The pointer first: asking for it may convert the value and so change the size.
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
    if (bytes == nullptr) return {};
    return std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column)));
}

std::string Statement::bytes(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_.get(), column));
    if (bytes == nullptr) return {};
    return std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column)));
}

std::string file_uri(const std::filesystem::path& file) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
    std::string uri = "file://";  // an empty authority, so that a path that starts with // is not taken for one
    for (const char c : std::filesystem::absolute(file).string()) {
        if (plain.find(c) != std::string_view::npos) {
            uri += c;
        } else {
            uri += fmt::format("%{:02x}", static_cast<unsigned char>(c));
        }
    }
    return uri;
}

}  // namespace haas::store

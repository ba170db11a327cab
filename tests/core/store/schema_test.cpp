#include "core/store/schema.hpp"

#include <array>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "tests/core/store/temp_folder.hpp"

namespace fs = std::filesystem;
namespace store = haas::store;
using haas::Errc;
using haas::store::Database;
using haas::test::mode_of;
using haas::test::TempFolder;
using Catch::Matchers::Contains;

namespace {

Database plain(const fs::path& file) {
    auto database = Database::open(store::file_uri(file), file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    REQUIRE(database);
    return std::move(*database);
}

// The error with which open_database() refuses the file.
haas::Error refusal(const fs::path& file) {
    const auto database = store::open_database(file);
    REQUIRE_FALSE(database);
    return database.error();
}

}  // namespace

TEST_CASE("a new database is ours, of the newest version, durable and private") {
    const TempFolder folder;
    const fs::path file = folder / "haas.db";
    auto database = store::open_database(file);
    REQUIRE(database);
    CHECK(database->integer("PRAGMA user_version").value() == static_cast<std::int64_t>(store::migrations().size()));
    CHECK(database->text("PRAGMA journal_mode").value() == "wal");
    CHECK(database->integer("PRAGMA synchronous").value() == 2);  // FULL, https://www.sqlite.org/pragma.html
    CHECK(database->integer("PRAGMA foreign_keys").value() == 1);
    CHECK(database->integer("PRAGMA secure_delete").value() == 1);
    CHECK(database->integer("PRAGMA busy_timeout").value() == store::busy_timeout_ms);

    // https://www.sqlite.org/fileformat2.html: the application id is the big-endian number at offset 68 of the file.
    CHECK(haas::test::read_file(file).substr(68, 4) == "HAAS");
}

TEST_CASE("database and side files are 0600 whatever the umask") {
    for (const mode_t mask : {mode_t{0}, mode_t{0777}}) {
        const TempFolder folder;
        const fs::path file = folder / "haas.db";
        const mode_t before = ::umask(mask);
        auto database = store::open_database(file);
        if (database) (void)database->execute("INSERT INTO node (label, type) VALUES ('n', 't')");
        ::umask(before);
        REQUIRE(database);
        CHECK(mode_of(file) == 0600);
        CHECK(mode_of(file.string() + "-wal") == 0600);
        CHECK(mode_of(file.string() + "-shm") == 0600);
    }
}

TEST_CASE("a database that others could read is closed to them") {
    const TempFolder folder;
    const fs::path file = folder / "haas.db";
    haas::test::write_file(file, "", 0644);  // as `touch` makes it
    haas::test::write_file(file.string() + "-wal", "", 0666);
    auto database = store::open_database(file);
    REQUIRE(database);
    CHECK(mode_of(file) == 0600);
    CHECK(mode_of(file.string() + "-wal") == 0600);
}

TEST_CASE("a file that is no database is refused and left as it is") {
    const TempFolder folder;
    // (A file of one byte is an empty database to SQLite, by a workaround of its own for an old Mac file system.)
    for (const std::string& content : {std::string("x\n"), std::string("[general]\nlog_level = debug\n"),
                                       std::string(10000, '\0'), std::string(9999, 'z')}) {
        haas::test::write_file(folder / "haas.db", content, 0640);
        const auto error = refusal(folder / "haas.db");
        CHECK_THAT(error.message, Contains((folder / "haas.db").string()) && Contains("not a database"));
        CHECK(haas::test::read_file(folder / "haas.db") == content);
        CHECK(mode_of(folder / "haas.db") == 0640);
    }
}

TEST_CASE("another program's database is refused") {
    const TempFolder folder;
    // HaaS's own database has tables, but neither id nor version; Fossil's has an id (SQLite's magic.txt: 0x0f055112).
    REQUIRE(plain(folder / "hil.db").execute("CREATE TABLE node (id INTEGER)"));
    const auto before = haas::test::snapshot(folder.path());
    REQUIRE(::chmod((folder / "hil.db").c_str(), 0664) == 0);
    const auto hil = refusal(folder / "hil.db");
    CHECK(haas::test::snapshot(folder.path()) == before);
    CHECK(mode_of(folder / "hil.db") == 0664);
    CHECK(hil.code == Errc::invalid);
    CHECK_THAT(hil.message, Contains("another program's") && Contains((folder / "hil.db").string()));

    REQUIRE(plain(folder / "repo.fossil").execute("PRAGMA application_id = 0x0f055112"));
    CHECK_THAT(refusal(folder / "repo.fossil").message, Contains("0xf055112"));
}

TEST_CASE("a database of a newer version is refused with both numbers") {
    const TempFolder folder;
    const fs::path file = folder / "haas.db";
    REQUIRE(store::open_database(file));
    REQUIRE(plain(file).execute("PRAGMA user_version = 4711"));
    const auto error = refusal(file);
    CHECK(error.code == Errc::invalid);
    CHECK_THAT(error.message, Contains(file.string()) && Contains("4711") &&
                                  Contains("1 to " + std::to_string(store::migrations().size())));
    REQUIRE(plain(file).execute("PRAGMA user_version = -1"));
    CHECK_THAT(refusal(file).message, Contains("-1"));
}

TEST_CASE("migrations run in order, each once, and a failing one leaves the version before it") {
    const TempFolder folder;
    auto database = plain(folder / "haas.db");
    constexpr std::array<const char*, 3> steps{
        "PRAGMA application_id = 0x48414153; CREATE TABLE log (step)",
        "INSERT INTO log VALUES ('second')",
        "INSERT INTO log VALUES ('third'); INSERT INTO nowhere VALUES (1)",
    };
    REQUIRE(store::migrate(database, std::span(steps).first(1)));
    REQUIRE(store::migrate(database, std::span(steps).first(2)));
    REQUIRE(store::migrate(database, std::span(steps).first(2)));
    CHECK(database.integer("PRAGMA user_version").value() == 2);

    const auto failed = store::migrate(database, steps);
    REQUIRE_FALSE(failed);
    CHECK_THAT(failed.error().message, Contains("nowhere"));
    CHECK_FALSE(database.in_transaction());
    CHECK(database.integer("PRAGMA user_version").value() == 2);
    CHECK(database.text("SELECT group_concat(step) FROM log").value() == "second");
}

TEST_CASE("the layout itself refuses what the code must not write") {
    const TempFolder folder;
    auto database = store::open_database(folder / "haas.db");
    REQUIRE(database);
    REQUIRE(database->execute("INSERT INTO node (id, label, type) VALUES (1, 'n', 't')"));
    CHECK_FALSE(database->execute("INSERT INTO node (label, type) VALUES ('n', 't')"));
    CHECK_FALSE(database->execute("INSERT INTO field VALUES (2, 0, 'host', 'string', 'x')"));  // no such node
    CHECK_FALSE(database->execute("INSERT INTO field VALUES (1, 0, 'port', 'int', '623')"));   // text is no int
    CHECK_FALSE(database->execute("INSERT INTO field VALUES (1, 0, 'host', 'blob', 'x')"));    // no such kind
    CHECK(database->execute("INSERT INTO field VALUES (1, 0, 'port', 'int', 623)"));
    CHECK_FALSE(database->execute("INSERT INTO field VALUES (1, 1, 'port', 'int', 624)"));  // twice
    CHECK_FALSE(database->execute("INSERT INTO secret VALUES (1, 'id', 'text is no bytes')"));
    CHECK_FALSE(database->execute("INSERT INTO secret VALUES (2, x'00', x'00')"));  // no such node
    CHECK(database->execute("INSERT INTO token VALUES ('a', 1, 1, '', zeroblob(32), 0, 0, '', 1)"));
    CHECK_FALSE(database->execute("INSERT INTO token VALUES ('b', 1, 1, '', zeroblob(31), 0, 0, '', 0)"));
    CHECK_FALSE(database->execute("INSERT INTO token VALUES ('b', 1, 1, '', randomblob(32), 0, 0, '', 1)"));  // one of obmd's
}

TEST_CASE("a database of any older version is due to be scrubbed") {
    for (const std::size_t version : {1U, 2U}) {
        const TempFolder folder;
        {
            auto database = plain(folder / "haas.db");
            REQUIRE(store::migrate(database, store::migrations().first(version)));
        }
        CHECK(store::open_database(folder / "haas.db").value().text("SELECT chore FROM due").value() == "scrub");
    }
}

TEST_CASE("a refusal of before was one of credentials") {
    const TempFolder folder;
    {
        auto database = plain(folder / "haas.db");
        REQUIRE(store::migrate(database, store::migrations().first(3)));
        REQUIRE(database.execute("INSERT INTO node (label, type, refusal) VALUES ('old', 't', 'password refused')"));
    }
    auto database = store::open_database(folder / "haas.db");
    REQUIRE(database);
    CHECK(database->text("SELECT refusal || ':' || refusal_code FROM node").value() == "password refused:credentials");
}

TEST_CASE("a database of the first version is brought to this one with its nodes") {
    const TempFolder folder;
    {
        auto database = plain(folder / "haas.db");
        REQUIRE(store::migrate(database, store::migrations().first(1)));
        REQUIRE(database.execute("INSERT INTO node (label, type) VALUES ('old', 't')"));
    }
    auto database = store::open_database(folder / "haas.db");
    REQUIRE(database);
    CHECK(database->text("SELECT label || ':' || type || ':' || refusal FROM node").value() == "old:t:");
}

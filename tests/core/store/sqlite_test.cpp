#include "core/store/sqlite.hpp"

#include <catch2/catch.hpp>

#include "tests/core/store/temp_folder.hpp"

using haas::store::Database;
using haas::store::file_uri;
using haas::test::TempFolder;
using Catch::Matchers::Contains;

TEST_CASE("a file URI escapes what SQLite would take for syntax") {
    // https://www.sqlite.org/uri.html: "?" starts the parameters, "#" the fragment, "%" an escape.
    CHECK(file_uri("/var/lib/haas.db") == "file:///var/lib/haas.db");
    CHECK(file_uri("/a?mode=ro/b#c%20 d") == "file:///a%3fmode%3dro/b%23c%2520%20d");
    CHECK(file_uri("//srv/x") == "file:////srv/x");
}

TEST_CASE("a file with an odd name is opened under exactly that name") {
    const TempFolder folder;
    for (const char* name : {"a?mode=memory&cache=shared", "100%25#1", "ümlaut ☃", ":memory:", "vfs=none"}) {
        INFO(name);
        {
            auto database =
                Database::open(file_uri(folder / name), folder / name, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
            REQUIRE(database);
            REQUIRE(database->execute("CREATE TABLE t (x)"));
        }
        CHECK(std::filesystem::exists(folder / name));
    }
}

TEST_CASE("a failure names the file, SQLite's reason and the system's") {
    const TempFolder folder;
    const auto missing = Database::open(file_uri(folder / "no/x.db"), folder / "no/x.db", SQLITE_OPEN_READWRITE);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == haas::Errc::internal);
    CHECK_THAT(missing.error().message, Contains((folder / "no/x.db").string()) &&
                                            Contains("unable to open database file") &&
                                            Contains("No such file or directory"));

    auto database =
        Database::open(file_uri(folder / "x.db"), folder / "x.db", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    REQUIRE(database);
    const auto wrong = database->execute("SELEKT 1");
    REQUIRE_FALSE(wrong);
    CHECK_THAT(wrong.error().message, Contains("syntax error"));
    CHECK_FALSE(database->prepare("SELECT nothing FROM nowhere"));
    CHECK_FALSE(database->integer("SELECT nothing FROM nowhere"));
}

TEST_CASE("text passes through a statement byte for byte") {
    auto database = Database::open("file::memory:", "memory", SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY);
    REQUIRE(database);
    auto echo = database->prepare("SELECT ?1, typeof(?1), length(CAST(?1 AS BLOB))");
    REQUIRE(echo);
    for (const std::string& text :
         {std::string("plain"), std::string(), std::string("a\0b", 3), std::string("\xff\xfe\x80"),
          std::string("'; DROP TABLE node; --"), std::string(1 << 20, 'x')}) {
        echo->bind(1, text);
        REQUIRE(echo->step() == SQLITE_ROW);
        CHECK(echo->text(0) == text);
        CHECK(echo->text(1) == "text");
        CHECK(echo->integer(2) == static_cast<std::int64_t>(text.size()));
        echo->reset();
    }
    echo->bind(1, std::string_view());
    REQUIRE(echo->step() == SQLITE_ROW);
    CHECK(echo->text(1) == "text");
}

TEST_CASE("bytes pass through a statement, and are no text") {
    auto database = Database::open("file::memory:", "memory", SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY);
    REQUIRE(database);
    auto echo = database->prepare("SELECT ?1, typeof(?1)").value();
    for (const std::string& bytes : {std::string("\0\xff", 2), std::string(), std::string(100'000, '\0')}) {
        echo.bind_bytes(1, bytes);
        REQUIRE(echo.step() == SQLITE_ROW);
        CHECK(echo.bytes(0) == bytes);
        CHECK(echo.text(1) == "blob");
        echo.reset();
    }
    echo.bind_bytes(1, std::string_view());
    REQUIRE(echo.step() == SQLITE_ROW);
    CHECK(echo.text(1) == "blob");
}

TEST_CASE("rows are gone through until one is enough, and a statement that changes nothing is told") {
    auto database = Database::open("file::memory:", "memory", SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY).value();
    REQUIRE(database.execute("CREATE TABLE t (x)"));
    haas::store::Statement insert, remove;
    REQUIRE(database.prepare_all({{&insert, "INSERT INTO t VALUES (?1)"}, {&remove, "DELETE FROM t WHERE x = ?1"}}));
    for (const std::int64_t number : {1, 2, 3}) {
        insert.bind(1, number);
        REQUIRE(database.run(insert));
    }
    std::int64_t sum = 0;
    const auto stopped = database.for_each_row("SELECT x FROM t ORDER BY x", [&](const haas::store::Statement& row) {
        sum += row.integer(0);
        return sum < 3 ? haas::Result<void>() : haas::fail(haas::Errc::conflict, "enough");
    });
    REQUIRE_FALSE(stopped);
    CHECK(stopped.error().message == "enough");
    CHECK(sum == 3);
    remove.bind(1, std::int64_t{7});
    const auto nothing = database.change(remove, "no seven");
    REQUIRE_FALSE(nothing);
    CHECK(nothing.error().code == haas::Errc::not_found);
    CHECK(nothing.error().message == "no seven");
    remove.bind(1, std::int64_t{1});
    CHECK(database.change(remove, "no one"));
    CHECK_FALSE(database.prepare_all({{&insert, "SELECT nothing FROM nowhere"}}));
}

TEST_CASE("a bind that fails is reported by the step") {
    auto database = Database::open("file::memory:", "memory", SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY);
    REQUIRE(database);
    auto statement = database->prepare("SELECT ?1");
    REQUIRE(statement);
    statement->bind(2, std::int64_t{1});
    CHECK(statement->step() == SQLITE_RANGE);
    statement->reset();
    statement->bind(1, std::int64_t{-5});
    REQUIRE(statement->step() == SQLITE_ROW);
    CHECK(statement->integer(0) == -5);
}

#include "core/store/check.hpp"

#include <csignal>

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "core/store/schema.hpp"
#include "core/store/sealing_key.hpp"
#include "tests/core/store/child.hpp"
#include "tests/core/store/records.hpp"
#include "tests/core/store/temp_folder.hpp"

namespace fs = std::filesystem;
namespace store = haas::store;
using haas::test::files_of;
using haas::test::snapshot;
using haas::test::TempFolder;
using Catch::Matchers::Contains;

namespace {

// check() must leave every file, and the list of files, as it was.
haas::Result<void> traceless_check(const fs::path& file) {
    const auto before = snapshot(file.parent_path());
    const auto verdict = store::check(files_of(file));
    CHECK(snapshot(file.parent_path()) == before);
    return verdict;
}

constexpr auto insert_big_node = "INSERT INTO node (label, type) VALUES ('n', hex(zeroblob(20000)))";

// root may do anything: the child becomes nobody.
bool as_ordinary_user() { return ::geteuid() != 0 || (::setgid(65534) == 0 && ::setuid(65534) == 0); }

}  // namespace

TEST_CASE("a database that could be made is well, and is not made") {
    const TempFolder folder;
    CHECK(traceless_check(folder / "haas.db"));
    haas::test::write_file(folder / "empty.db", "");
    CHECK(traceless_check(folder / "empty.db"));
    const auto missing = store::check(files_of(folder / "nowhere/haas.db"));
    REQUIRE_FALSE(missing);
    CHECK_THAT(missing.error().message, Contains((folder / "nowhere").string()));
}

TEST_CASE("a database that was closed is well") {
    const TempFolder folder;
    REQUIRE(store::open_database(folder / "haas.db").value().execute(insert_big_node));
    CHECK(traceless_check(folder / "haas.db"));
    CHECK(snapshot(folder.path()).size() == 1);
    fs::create_symlink(folder / "haas.db", folder / "link");
    CHECK(traceless_check(folder / "link"));
}

TEST_CASE("a database in use is well, and its user is not disturbed") {
    const TempFolder folder;
    // The user is a process of its own, as it will be; it says when a step is done and waits for a byte before
    // the next.
    int to_user[2], from_user[2];
    REQUIRE((::pipe(to_user) == 0 && ::pipe(from_user) == 0));
    const pid_t user = ::fork();
    if (user == 0) {
        char step = 0;
        const auto next = [&](bool done) {
            if (!done || ::write(from_user[1], "+", 1) != 1 || ::read(to_user[0], &step, 1) != 1) ::_exit(1);
        };
        auto database = store::open_database(folder / "haas.db");
        next(database.has_value());
        next(database->execute(insert_big_node).has_value());
        next(database->execute("INSERT INTO node (label, type) VALUES ('m', 't')").has_value());
        ::_exit(database->integer("SELECT count(*) FROM node").value() == 2 ? 0 : 1);
    }
    ::close(from_user[1]);
    char echo = 0;
    for (const char* state : {"opened, nothing written", "written", "written again"}) {
        INFO(state);
        REQUIRE(::read(from_user[0], &echo, 1) == 1);
        CHECK(traceless_check(folder / "haas.db"));
        REQUIRE(::write(to_user[1], "+", 1) == 1);
    }
    int status = -1;
    REQUIRE(::waitpid(user, &status, 0) == user);
    CHECK(status == 0);
    for (const int end : {to_user[0], to_user[1], from_user[0]}) ::close(end);
}

TEST_CASE("a database whose daemon was killed is well, its log is left for the next daemon") {
    const TempFolder folder;
    const pid_t child = ::fork();
    if (child == 0) {
        auto database = store::open_database(folder / "haas.db");
        if (!database || !database->execute(insert_big_node)) ::_exit(1);
        ::raise(SIGKILL);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    REQUIRE(fs::file_size(folder / "haas.db-wal") > 0);

    CHECK(traceless_check(folder / "haas.db"));
    fs::remove(folder / "haas.db-shm");
    CHECK(traceless_check(folder / "haas.db"));
    CHECK(store::open_database(folder / "haas.db").value().integer("SELECT count(*) FROM node").value() == 1);
}

TEST_CASE("a log that was cut by the kill, anywhere, does not make a database unwell") {
    const TempFolder folder;
    CHECK(haas::test::in_child([&] {
              auto database = store::open_database(folder / "haas.db");
              ::_exit(database && database->execute(insert_big_node) ? 0 : 1);
              return false;
          }) == 0);
    // Backwards through all kinds of places: in a page, in a frame's header, behind and in the log's own header.
    for (const auto size : {20000U, 32U + 24 + 4096, 32U + 24 + 100, 32U + 24, 32U + 7, 32U, 31U, 1U, 0U}) {
        INFO(size);
        fs::resize_file(folder / "haas.db-wal", size);
        CHECK(traceless_check(folder / "haas.db"));
    }
}

TEST_CASE("a first start that was cut short is well: the next one undoes it") {
    const TempFolder folder;
    const fs::path file = folder / "haas.db";
    CHECK(haas::test::in_child([&] {
              // A cache of one page makes SQLite write pages before the commit that never comes.
              auto database =
                  store::Database::open(store::file_uri(file), file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
              ::_exit(database && database->execute("PRAGMA cache_size = 1; BEGIN IMMEDIATE") &&
                              database->execute(store::migrations()[0]) && database->execute(insert_big_node)
                          ? 0
                          : 1);
              return false;
          }) == 0);
    REQUIRE(fs::file_size(folder / "haas.db-journal") > 0);
    REQUIRE(fs::file_size(file) > 0);
    CHECK(traceless_check(file));
    CHECK(store::open_database(file).value().integer("SELECT count(*) FROM node").value() == 0);
}

TEST_CASE("what only the log of a killed daemon tells is seen") {
    const TempFolder folder;
    CHECK(haas::test::in_child([&] {
              auto database = store::open_database(folder / "haas.db");
              // Ends like a kill: without closing.
              ::_exit(database && database->execute("PRAGMA user_version = 99") ? 0 : 1);
              return false;
          }) == 0);
    const auto verdict = traceless_check(folder / "haas.db");
    REQUIRE_FALSE(verdict);
    CHECK_THAT(verdict.error().message, Contains("version 99"));
}

TEST_CASE("what open would refuse, check refuses with the same words") {
    const TempFolder folder;
    haas::test::write_file(folder / "text", "just some text, as long as it takes");
    REQUIRE(store::open_database(folder / "newer").value().execute("PRAGMA user_version = 99"));
    REQUIRE(store::open_database(folder / "foreign").value().execute("PRAGMA application_id = 1"));
    for (const char* name : {"text", "newer", "foreign"}) {
        INFO(name);
        const auto checked = traceless_check(folder / name);
        const auto opened = store::open_database(folder / name);
        REQUIRE_FALSE(checked);
        REQUIRE_FALSE(opened);
        CHECK(checked.error().message == opened.error().message);
    }
}

TEST_CASE("a key file that does not open the database, or is none, is not well") {
    const TempFolder folder;
    const fs::path key = folder / "haas.key";
    haas::test::write_file(key, "no key");
    const auto no_key = traceless_check(folder / "haas.db");  // of a database yet to be made
    REQUIRE_FALSE(no_key);
    CHECK_THAT(no_key.error().message, Contains("64 hexadecimal digits"));
    fs::remove(key);

    const auto insert = [&](const char* sql) { REQUIRE(store::open_database(folder / "haas.db").value().execute(sql)); };
    insert("INSERT INTO node (id, label, type) VALUES (1, 'n', 't')");
    CHECK(traceless_check(folder / "haas.db"));
    insert("INSERT INTO secret VALUES (1, x'0011223344556677', zeroblob(60))");
    const auto lost = traceless_check(folder / "haas.db");
    REQUIRE_FALSE(lost);
    CHECK_THAT(lost.error().message, Contains("0011223344556677") && Contains("does not exist"));
    REQUIRE(store::SealingKey::load_or_make(key));
    CHECK_FALSE(traceless_check(folder / "haas.db"));
    fs::permissions(key, fs::perms(0644));
    const auto open = traceless_check(folder / "haas.db");
    REQUIRE_FALSE(open);
    CHECK_THAT(open.error().message, Contains("chmod 600"));
}

TEST_CASE("a damaged database is not well") {
    const TempFolder folder;
    const fs::path file = folder / "haas.db";
    REQUIRE(store::open_database(file).value().execute(insert_big_node));
    const std::string whole = haas::test::read_file(file);
    REQUIRE(whole.size() > 5 * 4096);

    haas::test::write_file(file, whole.substr(0, whole.size() - 4096));  // cut short
    CHECK_FALSE(traceless_check(file));
    std::string scratched = whole;  // the second page is the root of the first table
    scratched.replace(4096, 4096, std::string(4096, '\x5a'));
    haas::test::write_file(file, scratched);
    CHECK_FALSE(traceless_check(file));
    haas::test::write_file(file, whole);
    CHECK(traceless_check(file));
}

TEST_CASE("a database or folder without permission is not well") {
    const TempFolder folder;
    fs::permissions(folder.path(), fs::perms(0755));
    fs::create_directory(folder / "closed");
    fs::permissions(folder / "closed", fs::perms(0555));
    fs::create_directory(folder / "open");
    fs::permissions(folder / "open", fs::perms(0777));
    haas::test::write_file(folder / "open/haas.db", "", 0000);

    const auto refused = [](const fs::path& file) {
        return haas::test::in_child([&] {
            if (!as_ordinary_user()) return false;
            const auto verdict = store::check(files_of(file));
            return !verdict && verdict.error().message.find("Permission denied") != std::string::npos &&
                   verdict.error().message.find(file.parent_path().string()) != std::string::npos;
        });
    };
    CHECK(refused(folder / "closed/haas.db") == 0);
    CHECK(refused(folder / "open/haas.db") == 0);
}

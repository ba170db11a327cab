#include "core/store/rotation.hpp"

#include <catch2/catch.hpp>
#include <unistd.h>

#include "core/store/check.hpp"
#include "core/store/sealing_key.hpp"
#include "core/store/sqlite_store.hpp"
#include "tests/core/store/child.hpp"
#include "tests/core/store/legacy.hpp"
#include "tests/core/store/queue_loop.hpp"
#include "tests/core/store/records.hpp"
#include "tests/core/store/temp_folder.hpp"

namespace fs = std::filesystem;
using haas::Errc;
using haas::Result;
using haas::store::rotate_key;
using haas::store::SealingKey;
using haas::store::SqliteStore;
using haas::test::files_of;
using haas::test::is_secret;
using haas::test::numbered;
using haas::test::QueueLoop;
using haas::test::TempFolder;
using Catch::Matchers::Contains;

namespace {

void fill(const fs::path& file, int nodes) {
    QueueLoop loop;
    auto store = std::move(SqliteStore::open(files_of(file), loop).value());
    for (int i = 0; i < nodes; ++i) store->add_node(numbered(i), [](const Result<void>& done) { REQUIRE(done); });
    REQUIRE(store->load_nodes(is_secret).value().size() == static_cast<std::size_t>(nodes));
}

bool whole(const fs::path& file, int nodes) {
    QueueLoop loop;
    auto store = std::move(SqliteStore::open(files_of(file), loop).value());
    const auto loaded = store->load_nodes(is_secret).value();
    if (loaded.size() != static_cast<std::size_t>(nodes)) return false;
    for (int i = 0; i < nodes; ++i) {
        if (!(loaded[static_cast<std::size_t>(i)] == numbered(i))) return false;
    }
    return true;
}

// The bytes that stand in the database for each node's secrets.
std::vector<std::string> sealed_in(const fs::path& file) {
    auto database = haas::store::open_database(file).value();
    std::vector<std::string> all;
    REQUIRE(database.for_each_row("SELECT sealed FROM secret", [&](const haas::store::Statement& row) {
        all.push_back(row.bytes(0));
        return Result<void>();
    }));
    return all;
}

}  // namespace

TEST_CASE("after a rotation the new key opens everything, and nothing of the old one's is left") {
    const TempFolder folder;
    const fs::path file = folder / "haas.db";
    fill(file, 100);
    const auto before = sealed_in(file);
    REQUIRE(before.size() == 100);
    const std::string old_key = haas::test::read_file(folder / "haas.key");

    const auto rotated = rotate_key(files_of(file));
    REQUIRE(rotated);
    CHECK(rotated->nodes == 100);
    CHECK(rotated->key_id ==
          haas::store::printable_key_id(SealingKey::load(folder / "haas.key").value().id()));
    CHECK(haas::test::read_file(folder / "haas.key") != old_key);
    CHECK(haas::test::mode_of(folder / "haas.key") == 0600);
    CHECK_FALSE(fs::exists(folder / "haas.key.new"));
    std::string left;
    for (const std::string& sealed : before) left += haas::test::files_with(folder.path(), sealed);
    CHECK(left == "");
    CHECK(haas::test::files_with(folder.path(), old_key) == "");
    CHECK(whole(file, 100));

    haas::test::write_file(folder / "haas.key", old_key);
    QueueLoop loop;
    CHECK_FALSE(SqliteStore::open(files_of(file), loop));
}

TEST_CASE("a rotation that was cut short before or after the sealing is taken up by whoever comes next") {
    const TempFolder folder;
    const fs::path file = folder / "haas.db";
    fill(file, 5);
    const std::string old_key = haas::test::read_file(folder / "haas.key");

    // Before: the new key lies there, whole or not, and opens nothing.
    for (const std::string& left : {std::string(64, '7'), std::string("half")}) {
        haas::test::write_file(folder / "haas.key.new", left);
        CHECK(haas::store::check(files_of(file)));
        CHECK(whole(file, 5));
        CHECK(haas::test::read_file(folder / "haas.key") == old_key);
        REQUIRE(fs::exists(folder / "haas.key.new"));
    }
    REQUIRE(rotate_key(files_of(file)));
    const std::string new_key = haas::test::read_file(folder / "haas.key");
    CHECK(new_key != old_key);

    // After: the database wants the new key, which has not taken the old one's place.
    fs::rename(folder / "haas.key", folder / "haas.key.new");
    haas::test::write_file(folder / "haas.key", old_key);
    CHECK(haas::store::check(files_of(file)));
    CHECK(fs::exists(folder / "haas.key.new"));
    CHECK(whole(file, 5));
    CHECK(haas::test::read_file(folder / "haas.key") == new_key);
    CHECK_FALSE(fs::exists(folder / "haas.key.new"));

    // And the next rotation finishes the one before first.
    fs::rename(folder / "haas.key", folder / "haas.key.new");
    haas::test::write_file(folder / "haas.key", old_key);
    REQUIRE(rotate_key(files_of(file)));
    CHECK(whole(file, 5));
    CHECK(haas::test::read_file(folder / "haas.key") != new_key);
}

TEST_CASE("a key file that is a link stays one, and what it leads to is rotated") {
    const TempFolder folder;
    fs::create_directory(folder / "secrets");
    REQUIRE(SealingKey::load_or_make(folder / "secrets/real"));
    fs::create_symlink(folder / "secrets/real", folder / "haas.key");
    fill(folder / "haas.db", 2);
    const std::string before = haas::test::read_file(folder / "secrets/real");
    REQUIRE(rotate_key(files_of(folder / "haas.db")));
    CHECK(fs::is_symlink(folder / "haas.key"));
    CHECK(haas::test::read_file(folder / "secrets/real") != before);
    CHECK(haas::test::snapshot(folder / "secrets").size() == 1);
    CHECK(whole(folder / "haas.db", 2));
}

TEST_CASE("a rotation that cannot be is refused, and changes nothing") {
    const TempFolder folder;
    const fs::path file = folder / "haas.db";
    const auto nothing = rotate_key(files_of(file));
    REQUIRE_FALSE(nothing);
    CHECK(nothing.error().code == Errc::not_found);
    CHECK(fs::is_empty(folder.path()));

    fill(file, 3);
    const auto sealed = sealed_in(file);
    const std::string key = haas::test::read_file(folder / "haas.key");
    {
        QueueLoop loop;
        const auto daemon = SqliteStore::open(files_of(file), loop);
        REQUIRE(daemon);
        const auto in_use = rotate_key(files_of(file));
        REQUIRE_FALSE(in_use);
        CHECK(in_use.error().code == Errc::conflict);
        CHECK_THAT(in_use.error().message, Contains("pid " + std::to_string(::getpid())));
    }
    // A secret that does not open cannot be sealed anew.
    {
        auto database = haas::store::open_database(file).value();
        REQUIRE(database.execute("UPDATE secret SET sealed = zeroblob(60) WHERE node = 2"));
    }
    const auto damaged = rotate_key(files_of(file));
    REQUIRE_FALSE(damaged);
    CHECK_THAT(damaged.error().message, Contains("node-00001"));
    CHECK(haas::test::read_file(folder / "haas.key") == key);
    CHECK(sealed_in(file)[0] == sealed[0]);

    REQUIRE(fs::remove(folder / "haas.key"));
    CHECK_FALSE(rotate_key(files_of(file)));
    CHECK_FALSE(fs::exists(folder / "haas.key"));
}

TEST_CASE("nobody but the database's owner rotates its key") {
    if (::geteuid() != 0) {
        SUCCEED("only root can give a file away");
        return;
    }
    const TempFolder folder;
    fill(folder / "haas.db", 1);
    REQUIRE(::chown((folder / "haas.db").c_str(), 65534, 65534) == 0);
    const auto refused = rotate_key(files_of(folder / "haas.db"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::forbidden);
    CHECK_THAT(refused.error().message, Contains("user id 65534"));
}

#include "core/store/settle.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "core/store/schema.hpp"
#include "tests/core/store/file_size_limit.hpp"
#include "tests/core/store/legacy.hpp"
#include "tests/core/store/records.hpp"
#include "tests/core/store/temp_folder.hpp"

namespace fs = std::filesystem;
namespace store = haas::store;
using haas::Errc;
using haas::store::Database;
using haas::store::NodeTable;
using haas::store::SealingKey;
using haas::test::files_with;
using haas::test::is_secret;
using haas::test::make_legacy;
using haas::test::numbered;
using haas::test::password_mark;
using haas::test::TempFolder;
using Catch::Matchers::Contains;

namespace {

struct Open {
    explicit Open(const fs::path& file)
        : database(store::open_database(file).value()),
          nodes(NodeTable::prepare(database, store::settle_key(database, file.parent_path() / "haas.key").value()).value()) {}

    std::vector<store::NodeRecord> settle(const store::IsSecret& secret = is_secret) {
        auto settled = store::settle_nodes(database, nodes, secret);
        if (!settled) FAIL(settled.error().message);
        return std::move(*settled);
    }

    Database database;
    NodeTable nodes;
};

}  // namespace

TEST_CASE("passwords that stood in clear are sealed, and in no file any more") {
    for (const bool killed : {false, true}) {
        INFO(killed);
        const TempFolder folder;
        make_legacy(folder / "haas.db", 300, killed);
        REQUIRE(files_with(folder.path(), password_mark) != "");
        {
            Open open(folder / "haas.db");
            const auto settled = open.settle();
            // While it is still open: the log too.
            CHECK(files_with(folder.path(), password_mark) == "");
            CHECK(files_with(folder.path(), "bmc299") != "");
            REQUIRE(settled.size() == 300);
            for (int i = 0; i < 300; ++i) REQUIRE(settled[static_cast<std::size_t>(i)] == numbered(i));
            CHECK(open.database.integer("SELECT count(*) FROM due").value() == 0);
            CHECK(open.database.text("PRAGMA integrity_check").value() == "ok");
        }
        CHECK(files_with(folder.path(), password_mark) == "");
        CHECK(Open(folder / "haas.db").settle()[299] == numbered(299));
    }
}

TEST_CASE("free places of a database without nodes are scrubbed too") {
    const TempFolder folder;
    make_legacy(folder / "haas.db", 100, true);
    {
        auto database =
            Database::open(store::file_uri(folder / "haas.db"), folder / "haas.db", SQLITE_OPEN_READWRITE).value();
        REQUIRE(database.execute("PRAGMA secure_delete = OFF; DELETE FROM field; DELETE FROM metadata; DELETE FROM node"));
    }
    REQUIRE(files_with(folder.path(), password_mark) == "haas.db ");
    CHECK(Open(folder / "haas.db").settle().empty());
    CHECK(files_with(folder.path(), password_mark) == "");
}

TEST_CASE("fields go to the side that the driver says, and back, with nothing lost") {
    const TempFolder folder;
    make_legacy(folder / "haas.db", 3, false);
    Open open(folder / "haas.db");
    const auto all_secret = open.settle([](std::string_view, std::string_view) { return true; });
    REQUIRE(all_secret.size() == 3);
    CHECK(all_secret[1].fields.empty());
    CHECK(all_secret[1].secrets.size() == 4);
    CHECK(files_with(folder.path(), "bmc1") == "");

    std::string asked;
    const auto back = open.settle([&](std::string_view type, std::string_view field) {
        asked += fmt::format("{} ", field);
        CHECK(type == "http://schema.massopencloud.org/haas/v0/obm/mock");
        return is_secret(type, field);
    });
    CHECK_THAT(asked, Contains("host") && Contains("password") && Contains("number") && Contains("even"));
    REQUIRE(back.size() == 3);
    for (int i = 0; i < 3; ++i) CHECK(back[static_cast<std::size_t>(i)] == numbered(i));
    CHECK(files_with(folder.path(), password_mark) == "");
    CHECK(open.settle()[2] == numbered(2));
}

TEST_CASE("moving a field keeps metadata and refusal") {
    const TempFolder folder;
    make_legacy(folder / "haas.db", 1, false);
    Open open(folder / "haas.db");
    REQUIRE(open.database.execute("UPDATE node SET refusal = 'the BMC refused the level', refusal_code = 'privilege'"));
    for (int i = 0; i < 2; ++i) {
        const auto settled = open.settle();
        CHECK(settled[0].refusal == "the BMC refused the level");
        CHECK(settled[0].refusal_code == haas::Errc::privilege);
        CHECK(settled[0].metadata == numbered(0).metadata);
    }
}

TEST_CASE("one flipped bit anywhere in sealed secrets is told, and costs that node only") {
    const TempFolder folder;
    Open open(folder / "haas.db");
    REQUIRE(open.nodes.add(numbered(1)));
    REQUIRE(open.nodes.add(numbered(2)));
    const auto size = open.database.integer("SELECT length(sealed) FROM secret WHERE node = 1").value();
    REQUIRE(size > 28);
    for (std::int64_t byte = 1; byte <= size; ++byte) {
        REQUIRE(open.database.execute("SAVEPOINT whole"));
        const auto hex = open.database.text("SELECT hex(sealed) FROM secret WHERE node = 1").value();
        const auto at = static_cast<std::size_t>(2 * (byte - 1));
        std::string flipped = hex;
        flipped.replace(at, 2, fmt::format("{:02X}", std::stoi(hex.substr(at, 2), nullptr, 16) ^ 0x10));
        REQUIRE(open.database.execute(fmt::format("UPDATE secret SET sealed = x'{}' WHERE node = 1", flipped).c_str()));
        const auto loaded = open.nodes.load().value();
        REQUIRE(loaded.size() == 2);
        REQUIRE_FALSE(loaded[0].opened);
        REQUIRE(loaded[0].record.secrets.empty());
        REQUIRE(loaded[1].record == numbered(2));
        REQUIRE_THAT(loaded[0].record.refusal, Contains("node-00001") && Contains("cannot be opened"));
        REQUIRE(open.nodes.secrets("node-00001").error().code == Errc::internal);
        REQUIRE(open.database.execute("ROLLBACK TO whole; RELEASE whole"));
    }
    CHECK(open.settle()[0] == numbered(1));
}

TEST_CASE("secrets moved to another node, or under another type, are refused") {
    const TempFolder folder;
    Open open(folder / "haas.db");
    REQUIRE(open.nodes.add(numbered(1)));
    REQUIRE(open.nodes.add(numbered(2)));
    REQUIRE(open.database.execute("UPDATE secret SET sealed = (SELECT sealed FROM secret WHERE node = 1) WHERE node = 2"));
    CHECK(open.nodes.secrets("node-00001"));
    CHECK_FALSE(open.nodes.secrets("node-00002"));
    auto settled = open.settle();
    CHECK_THAT(settled[1].refusal, Contains("do not belong to this node"));
    CHECK(settled[1].secrets.empty());

    REQUIRE(open.database.execute("UPDATE node SET type = 'http://evil/obm' WHERE id = 1"));
    CHECK_FALSE(open.nodes.secrets("node-00001"));
    // It is mended by giving it secrets anew.
    REQUIRE(open.nodes.replace("node-00002", numbered(2)));
    CHECK(open.settle()[1] == numbered(2));
}

TEST_CASE("a key is made where there is none, until something is sealed with it") {
    const TempFolder folder;
    const fs::path key = folder / "haas.key";
    { Open open(folder / "haas.db"); }
    const std::string first = haas::test::read_file(key);
    fs::remove(key);
    {
        Open open(folder / "haas.db");
        CHECK(haas::test::read_file(key) != first);
        REQUIRE(open.nodes.add(numbered(1)));
    }
    const auto id = SealingKey::load(key).value().id();
    fs::rename(key, folder / "away");
    auto database = store::open_database(folder / "haas.db").value();
    const auto lost = store::settle_key(database, key);
    REQUIRE_FALSE(lost);
    CHECK_THAT(lost.error().message, Contains("does not exist") && Contains(store::printable_key_id(id)) &&
                                         Contains(key.string()) && Contains("put the key file back"));
    CHECK_FALSE(fs::exists(key));

    REQUIRE(SealingKey::load_or_make(key));
    const auto wrong = store::settle_key(database, key);
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().code == Errc::invalid);
    CHECK_THAT(wrong.error().message, Contains("holds the key"));
    fs::rename(folder / "away", key);
    CHECK(store::settle_key(database, key).value().id() == id);
    CHECK(Open(folder / "haas.db").settle()[0] == numbered(1));
}

TEST_CASE("a database that others read while it must be scrubbed is told, and scrubbed the next time") {
    const TempFolder folder;
    make_legacy(folder / "haas.db", 50, false);
    Open open(folder / "haas.db");
    open.database.set_busy_timeout(20);
    {
        auto reader =
            Database::open(store::file_uri(folder / "haas.db"), folder / "haas.db", SQLITE_OPEN_READONLY).value();
        REQUIRE(reader.execute("BEGIN; SELECT count(*) FROM node"));
        const auto refused = store::settle_nodes(open.database, open.nodes, is_secret);
        REQUIRE_FALSE(refused);
        CHECK_THAT(refused.error().message, Contains("another program is reading"));
    }
    CHECK(open.settle().size() == 50);
    CHECK(files_with(folder.path(), password_mark) == "");
}

TEST_CASE("a disk that is full while secrets are sealed or scrubbed loses nothing, and the next start does it") {
    // The log may grow to this: too little for the sealing, for the copy of the scrub, for its last pages.
    for (const rlim_t room : {20'000U, 200'000U, 260'000U}) {
        INFO(room);
        const TempFolder folder;
        make_legacy(folder / "haas.db", 1000, false);
        bool refused = false;
        {
            Open open(folder / "haas.db");
            const haas::test::FileSizeLimit limit(room);
            const auto settled = store::settle_nodes(open.database, open.nodes, is_secret);
            refused = !settled;
            if (!settled) CHECK_THAT(settled.error().message, Contains((folder / "haas.db").string()));
        }
        CHECK(refused);
        Open open(folder / "haas.db");
        const auto settled = open.settle();
        REQUIRE(settled.size() == 1000);
        for (int i = 0; i < 1000; ++i) REQUIRE(settled[static_cast<std::size_t>(i)] == numbered(i));
        CHECK(files_with(folder.path(), password_mark) == "");
    }
}

#include "core/store/token_table.hpp"

#include <catch2/catch.hpp>

#include "core/store/schema.hpp"
#include "tests/core/store/temp_folder.hpp"

using haas::Errc;
using haas::Right;
using haas::Rights;
using haas::store::Database;
using haas::store::TokenRecord;
using haas::store::TokenTable;
using Catch::Matchers::Contains;

namespace {

struct Tokens {
    haas::test::TempFolder folder;
    Database database = haas::store::open_database(folder / "haas.db").value();
    TokenTable table = TokenTable::prepare(database).value();

    Tokens() { REQUIRE(database.execute("INSERT INTO node (label, type) VALUES ('n1', 't'), ('n2', 't')")); }
    std::string ids() {
        const auto loaded = table.load().value();
        std::string all;
        for (const TokenRecord& token : loaded) all += token.id + "@" + token.node + " ";
        return all;
    }
};

TokenRecord token(const std::string& id, const std::string& node, bool obmd = false) {
    TokenRecord record{id, node, {Right::status, Right::console_write}, "for " + id, {}, 1'700'000'000, 0, "admin", obmd};
    for (std::size_t i = 0; i < record.digest.size(); ++i) record.digest[i] = static_cast<std::uint8_t>(255 - i);
    for (std::size_t i = 0; i < id.size(); ++i) record.digest[i] = static_cast<std::uint8_t>(id[i]);
    return record;
}

}  // namespace

TEST_CASE("a token comes back as it was given") {
    Tokens tokens;
    TokenRecord given = token("t1", "n2");
    given.expires = 4'000'000'000;
    given.digest[7] = 0;
    REQUIRE(tokens.table.put(given));
    const auto all = tokens.table.load().value();
    REQUIRE(all.size() == 1);
    CHECK(all[0].id == "t1");
    CHECK(all[0].node == "n2");
    CHECK(all[0].rights == Rights{Right::status, Right::console_write});
    CHECK(all[0].label == "for t1");
    CHECK(all[0].digest == given.digest);
    CHECK(all[0].created == 1'700'000'000);
    CHECK(all[0].expires == 4'000'000'000);
    CHECK(all[0].creator == "admin");
    CHECK_FALSE(all[0].obmd);
}

TEST_CASE("a node has many tokens and one of obmd's") {
    Tokens tokens;
    for (const auto& record : {token("a", "n1"), token("b", "n1"), token("c", "n1", true), token("d", "n2", true)}) {
        REQUIRE(tokens.table.put(record));
    }
    REQUIRE(tokens.table.put(token("e", "n1", true)));
    CHECK(tokens.ids() == "a@n1 b@n1 d@n2 e@n1 ");
    CHECK(tokens.table.load().value().back().obmd);
}

TEST_CASE("an id and a digest are taken once, and a token needs its node") {
    Tokens tokens;
    REQUIRE(tokens.table.put(token("a", "n1")));
    CHECK(tokens.table.put(token("a", "n2")).error().code == Errc::duplicate);
    TokenRecord same_digest = token("a", "n1");
    same_digest.id = "b";
    CHECK(tokens.table.put(same_digest).error().code == Errc::duplicate);
    const auto lost = tokens.table.put(token("c", "n3"));
    REQUIRE_FALSE(lost);
    CHECK(lost.error().code == Errc::not_found);
    CHECK_THAT(lost.error().message, Contains("n3"));
    CHECK(tokens.table.put(token("d", "n3", true)).error().code == Errc::not_found);
    CHECK(tokens.ids() == "a@n1 ");
}

TEST_CASE("a token is removed once, and goes with its node") {
    Tokens tokens;
    for (const auto& record : {token("a", "n1"), token("b", "n1"), token("c", "n2")}) REQUIRE(tokens.table.put(record));
    REQUIRE(tokens.table.remove("a"));
    CHECK(tokens.table.remove("a").error().code == Errc::not_found);
    REQUIRE(tokens.database.execute("DELETE FROM node WHERE label = 'n1'"));
    CHECK(tokens.ids() == "c@n2 ");
    CHECK(tokens.table.remove("b").error().code == Errc::not_found);
}

TEST_CASE("a right that nobody knows is told, not guessed") {
    Tokens tokens;
    REQUIRE(tokens.table.put(token("a", "n1")));
    REQUIRE(tokens.database.execute("UPDATE token SET rights = 64"));
    const auto loaded = tokens.table.load();
    REQUIRE_FALSE(loaded);
    CHECK_THAT(loaded.error().message, Contains("damaged") && Contains("token a"));
}

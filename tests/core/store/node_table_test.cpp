#include "core/store/node_table.hpp"

#include <limits>

#include <catch2/catch.hpp>

#include "core/store/schema.hpp"
#include "tests/core/store/legacy.hpp"
#include "tests/core/store/records.hpp"
#include "tests/core/store/temp_folder.hpp"

using haas::Errc;
using haas::Field;
using haas::Fields;
using haas::SecretFields;
using haas::store::Database;
using haas::store::NodeRecord;
using haas::store::NodeTable;
using haas::store::SealingKey;
using haas::test::list;
using Catch::Matchers::Contains;

namespace {

struct Nodes {
    haas::test::TempFolder folder;
    Database database = haas::store::open_database(folder / "haas.db").value();
    NodeTable table = NodeTable::prepare(database, SealingKey::make().value()).value();

    std::vector<NodeRecord> all() {
        std::vector<NodeRecord> records;
        auto all_loaded = table.load().value();
        for (auto& loaded : all_loaded) records.push_back(std::move(loaded.record));
        return records;
    }
};

SecretFields secret(Fields fields) { return SecretFields::taken_from(fields); }

NodeRecord example() {
    return {"n1",
            "http://schema.massopencloud.org/haas/v0/obm/ipmi",
            {{"host", std::string("bmc7:6230")}, {"cipher", std::int64_t{17}}, {"secure", true}},
            secret({{"password", std::string("correct-horse-battery")}, {"pin", std::int64_t{4711}}}),
            {{"rack", "\"b12\""}}};
}

}  // namespace

TEST_CASE("a node comes back as it was given, with the kind and order of its fields") {
    Nodes nodes;
    REQUIRE(nodes.table.add(example()));
    CHECK(nodes.all() == list(example()));
}

TEST_CASE("values of every shape survive") {
    Nodes nodes;
    NodeRecord odd{"A._:+-9",
                         "",
                         {
                             {"empty", std::string()},
                             {"digits", std::string("0017")},
                             {"exponent", std::string("1e3")},
                             {"truth", std::string("true")},
                             {"nul", std::string("a\0b\0", 4)},
                             {"not utf-8", std::string("\xc3\x28\xff\xfe")},
                             {"snow ☃", std::string("пароль ☃ 𝄞")},
                             {"long", std::string(300000, 'q')},
                             {"sql", std::string("'); DROP TABLE node; --")},
                             {"least", std::numeric_limits<std::int64_t>::min()},
                             {"most", std::numeric_limits<std::int64_t>::max()},
                             {"zero", std::int64_t{0}},
                             {"one", std::int64_t{1}},
                             {"no", false},
                             {"yes", true},
                         },
                         {},
                         {{"", "null"}, {"z", "{\"a\": [1, 2.5e300, \"\\u0000\"]}"}}};
    REQUIRE(nodes.table.add(odd));
    CHECK(nodes.all() == list(std::move(odd)));
}

TEST_CASE("nodes and metadata are sorted by the bytes of their labels") {
    Nodes nodes;
    for (const char* label : {"b", "a10", "B", "a2", "_"}) {
        REQUIRE(nodes.table.add(NodeRecord{label, "t", {}, {}, {{"y", "1"}, {"X", "2"}}}));
    }
    std::string order;
    for (const NodeRecord& node : nodes.all()) {
        order += node.label + " ";
        CHECK(node.metadata == std::vector<std::pair<std::string, std::string>>{{"X", "2"}, {"y", "1"}});
    }
    CHECK(order == "B _ a10 a2 b ");  // ASCII
}

TEST_CASE("a label is taken once, a field and a metadata label stand once in a node") {
    Nodes nodes;
    REQUIRE(nodes.table.add(example()));
    const auto taken = nodes.table.add(NodeRecord{"n1", "other", {}, {}, {}});
    REQUIRE_FALSE(taken);
    CHECK(taken.error().code == Errc::duplicate);
    CHECK_THAT(taken.error().message, Contains("n1"));

    const auto field = nodes.table.add(NodeRecord{"n2", "t", {{"host", true}, {"host", false}}, {}, {}});
    REQUIRE_FALSE(field);
    CHECK(field.error().code == Errc::invalid);
    CHECK_THAT(field.error().message, Contains("host"));

    const auto metadata = nodes.table.add(NodeRecord{"n3", "t", {}, {}, {{"rack", "1"}, {"rack", "2"}}});
    REQUIRE_FALSE(metadata);
    CHECK(metadata.error().code == Errc::invalid);
    CHECK_THAT(metadata.error().message, Contains("rack"));
}

TEST_CASE("a node goes with all that belongs to it, and may come back") {
    Nodes nodes;
    REQUIRE(nodes.table.add(example()));
    REQUIRE(nodes.table.remove("n1"));
    CHECK(nodes.all().empty());
    CHECK(nodes.database.integer("SELECT (SELECT count(*) FROM field) + (SELECT count(*) FROM metadata)").value() == 0);

    const auto again = nodes.table.remove("n1");
    REQUIRE_FALSE(again);
    CHECK(again.error().code == Errc::not_found);
    CHECK_THAT(again.error().message, Contains("n1"));
    REQUIRE(nodes.table.add(example()));
    CHECK(nodes.all() == list(example()));
}

TEST_CASE("metadata is added, replaced and removed") {
    Nodes nodes;
    REQUIRE(nodes.table.add(example()));
    REQUIRE(nodes.table.put_metadata("n1", "rack", "{\"row\": 3}"));
    REQUIRE(nodes.table.put_metadata("n1", "owner", "[]"));
    using Pairs = std::vector<std::pair<std::string, std::string>>;
    CHECK(nodes.all()[0].metadata == Pairs{{"owner", "[]"}, {"rack", "{\"row\": 3}"}});
    REQUIRE(nodes.table.remove_metadata("n1", "rack"));
    CHECK(nodes.all()[0].metadata == Pairs{{"owner", "[]"}});

    CHECK(nodes.table.remove_metadata("n1", "rack").error().code == Errc::not_found);
    CHECK(nodes.table.remove_metadata("n2", "owner").error().code == Errc::not_found);
    CHECK(nodes.table.put_metadata("n2", "owner", "1").error().code == Errc::not_found);
}

TEST_CASE("rows that belong to nobody are told, not loaded or crashed on") {
    Nodes nodes;
    REQUIRE(nodes.database.execute("PRAGMA foreign_keys = OFF; INSERT INTO metadata VALUES (7, 'rack', '1')"));
    const auto orphan = nodes.table.load();
    REQUIRE_FALSE(orphan);
    CHECK_THAT(orphan.error().message, Contains("damaged") && Contains(nodes.database.file().string()));
    REQUIRE(nodes.database.execute("DELETE FROM metadata; INSERT INTO field VALUES (7, 0, 'port', 'int', 1)"));
    CHECK_FALSE(nodes.table.load());
}

TEST_CASE("a secret stands in no file, neither when it is added nor replaced nor gone") {
    Nodes nodes;
    const auto seen = [&](const char* text) { return haas::test::files_with(nodes.folder.path(), text); };
    REQUIRE(nodes.table.add(example()));
    CHECK(seen("bmc7:6230") != "");
    CHECK(seen("correct-horse") == "");
    CHECK(seen("pin") == "");
    NodeRecord other = example();
    other.secrets.put({"password", std::string("staple-battery")});
    REQUIRE(nodes.table.replace("n1", other));
    CHECK(seen("staple-battery") == "");
    REQUIRE(nodes.database.execute("PRAGMA wal_checkpoint(TRUNCATE)"));
    CHECK(seen("staple-battery") == "");
    REQUIRE(nodes.table.remove("n1"));
    CHECK(nodes.database.integer("SELECT count(*) FROM secret").value() == 0);
    CHECK(seen("correct-horse") == "");
    CHECK(seen("staple-battery") == "");
}

TEST_CASE("the secrets of one node are read by themselves") {
    Nodes nodes;
    REQUIRE(nodes.table.add(example()));
    REQUIRE(nodes.table.add(NodeRecord{"plain", "t", {{"host", true}}, {}, {}}));
    CHECK(nodes.table.secrets("n1").value() == example().secrets);
    CHECK(nodes.table.secrets("plain").value().empty());
    const auto missing = nodes.table.secrets("n2");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == Errc::not_found);
}

TEST_CASE("how a node was refused is kept with it, whatever is done to its other rows") {
    Nodes nodes;
    NodeRecord record = example();
    record.refusal = "the BMC refuses the level";
    record.refusal_code = Errc::privilege;
    REQUIRE(nodes.table.add(record));
    CHECK(nodes.all().front().refusal_code == Errc::privilege);
    record.refusal_code = Errc::cipher;
    REQUIRE(nodes.table.replace("n1", record));
    CHECK(nodes.all().front().refusal_code == Errc::cipher);
    REQUIRE(nodes.table.put_refusal("n1", Errc::privilege, "once more"));
    CHECK(nodes.all().front().refusal_code == Errc::privilege);
    CHECK(nodes.all().front().refusal == "once more");
    CHECK(nodes.database.text("SELECT refusal_code FROM node").value() == "privilege");
    // A word that a later version wrote.
    REQUIRE(nodes.database.execute("UPDATE node SET refusal_code = 'moon_phase'"));
    CHECK(nodes.all().front().refusal_code == Errc::credentials_rejected);
}

TEST_CASE("a node is replaced whole, but for its label and metadata") {
    Nodes nodes;
    REQUIRE(nodes.table.add(example()));
    REQUIRE(nodes.table.put_refusal("n1", Errc::privilege, "refused"));
    NodeRecord change{"ignored", "other", {{"addr", std::string("x")}}, secret({{"kg", std::string("k")}}), {}};
    REQUIRE(nodes.table.replace("n1", change));
    CHECK(nodes.all() == list(NodeRecord{"n1", "other", {{"addr", std::string("x")}},
                                         secret({{"kg", std::string("k")}}), {{"rack", "\"b12\""}}}));
    change.secrets = {};
    REQUIRE(nodes.table.replace("n1", change));
    CHECK(nodes.table.secrets("n1").value().empty());

    CHECK(nodes.table.replace("n2", change).error().code == Errc::not_found);
    change.fields.push_back({"addr", true});
    CHECK(nodes.table.replace("n1", change).error().code == Errc::invalid);
}

TEST_CASE("a field is a secret or not, never both, and a secret stands once") {
    Nodes nodes;
    NodeRecord both = example();
    both.fields.push_back({"password", std::string("clear")});
    const auto refused = nodes.table.add(both);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::invalid);
    CHECK_THAT(refused.error().message, Contains("password") && !Contains("clear"));
    const auto twice =
        nodes.table.add(NodeRecord{"n5", "t", {}, secret({{"kg", std::string("a")}, {"kg", std::string("b")}}), {}});
    REQUIRE_FALSE(twice);
    CHECK(twice.error().code == Errc::invalid);
}

TEST_CASE("all secrets are sealed anew with another key, or none") {
    Nodes nodes;
    REQUIRE(nodes.table.add(example()));
    REQUIRE(nodes.table.add(NodeRecord{"plain", "t", {{"host", true}}, {}, {}}));
    const auto before = nodes.database.text("SELECT hex(key_id) || hex(sealed) FROM secret").value();
    CHECK(nodes.table.reseal(SealingKey::make().value()).value() == 1);
    const auto after = nodes.database.text("SELECT hex(key_id) || hex(sealed) FROM secret").value();
    CHECK(after.substr(0, 16) != before.substr(0, 16));
    CHECK(after.substr(16) != before.substr(16));
    CHECK(nodes.table.secrets("n1").value() == example().secrets);
}

#include "core/store/audit_table.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "core/store/schema.hpp"
#include "tests/core/store/temp_folder.hpp"

using haas::store::AuditQuery;
using haas::store::AuditRecord;
using haas::store::AuditTable;
using haas::store::Database;
using Catch::Matchers::Contains;

namespace {

struct Audit {
    haas::test::TempFolder folder;
    Database database = haas::store::open_database(folder / "haas.db").value();
    AuditTable table = AuditTable::prepare(database).value();

    // The ids that the query finds, as they come.
    std::string ids(const AuditQuery& query) {
        const auto found = table.read(query).value();
        std::string all;
        for (const AuditRecord& record : found) all += std::to_string(record.id) + " ";
        return all;
    }
    void add(std::int64_t time_ms, const std::string& who, const std::string& node) {
        REQUIRE(table.add({0, time_ms, who, "power_on", node, "reached", "", "r", "", 12}));
    }
};

}  // namespace

TEST_CASE("an audit record comes back as it was given, with an id of its own") {
    Audit audit;
    AuditRecord given{77,      1'800'000'000'123, "alice",    "power_cycle",      "n1",
                      "failed", "unreachable",     "req-1.a_b", "no answer\nfrom ☃", 15'000};
    REQUIRE(audit.table.add(given));
    given.id = 1;
    CHECK(audit.table.read({}).value() == std::vector{given});
}

TEST_CASE("the newest comes first, and pages follow each other without a gap, also within a millisecond") {
    Audit audit;
    for (const std::int64_t time : {10, 30, 20, 20, 20, 40}) audit.add(time, "u", "n");
    CHECK(audit.ids({}) == "6 2 5 4 3 1 ");
    std::string paged;
    AuditQuery query;
    query.limit = 2;
    for (auto page = audit.table.read(query).value(); !page.empty(); page = audit.table.read(query).value()) {
        for (const AuditRecord& record : page) paged += std::to_string(record.id) + " ";
        query.before_id = page.back().id;
        paged += "| ";
    }
    CHECK(paged == "6 2 | 5 4 | 3 1 | ");
}

TEST_CASE("a query finds what all its conditions say") {
    Audit audit;
    audit.add(10, "alice", "n1");
    audit.add(20, "bob", "n1");
    audit.add(30, "alice", "n2");
    audit.add(40, "alice", "n1");
    AuditQuery query;
    query.node = "n1";
    CHECK(audit.ids(query) == "4 2 1 ");
    query.who = "alice";
    CHECK(audit.ids(query) == "4 1 ");
    query.before_id = 4;
    CHECK(audit.ids(query) == "1 ");
    query = {};
    query.who = "alice";
    CHECK(audit.ids(query) == "4 3 1 ");
    query.since_ms = 10;
    query.until_ms = 40;
    CHECK(audit.ids(query) == "3 1 ");  // at or after the first, before the second
    query.since_ms = 11;
    CHECK(audit.ids(query) == "3 ");
    query.limit = 0;
    CHECK(audit.ids(query).empty());
    query = {};
    query.node = "' OR 1 --";
    CHECK(audit.ids(query).empty());
}

TEST_CASE("every kind of question finds its place in an index, and sorts nothing") {
    Audit audit;
    for (const char* condition : {"", " AND node = ?6", " AND who = ?7"}) {
        const std::string sql = fmt::format(
            "EXPLAIN QUERY PLAN SELECT id, detail FROM audit WHERE time_ms >= ?1 AND time_ms <= ?2 "
            "AND (+time_ms < ?3 OR id < ?4){} ORDER BY time_ms DESC, id DESC LIMIT ?5",
            condition);
        std::string plan;
        REQUIRE(audit.database.for_each_row(sql, [&](const haas::store::Statement& row) {
            plan += row.text(3) + "; ";
            return haas::Result<void>();
        }));
        CHECK_THAT(plan, Contains("time_ms>? AND time_ms<?"));
        CHECK_THAT(plan, !Contains("TEMP B-TREE"));
    }
}

TEST_CASE("what is too old or too many is trimmed, the oldest first, a little at a time") {
    Audit audit;
    for (int i = 1; i <= 10; ++i) audit.add(i * 100, "u", "n");
    CHECK(audit.table.trim({1000, 100}, 1000, 5).value() == 0);  // all within both
    CHECK(audit.table.trim({650, 100}, 1000, 2).value() == 2);   // older than 350: three
    CHECK(audit.ids({}) == "10 9 8 7 6 5 4 3 ");
    CHECK(audit.table.trim({650, 100}, 1000, 2).value() == 1);
    CHECK(audit.table.trim({100'000, 4}, 1000, 2).value() == 2);
    CHECK(audit.ids({}) == "10 9 8 7 6 ");
    CHECK(audit.table.trim({100'000, 4}, 1000, 2).value() == 1);
    CHECK(audit.table.trim({100'000, 4}, 1000, 2).value() == 0);
    CHECK(audit.ids({}) == "10 9 8 7 ");
    // An id is never used again, also when all are gone.
    CHECK(audit.table.trim({0, 0}, 5000, 100).value() == 4);
    audit.add(1, "u", "n");
    CHECK(audit.ids({}) == "11 ");
}

#include "core/store/audit_trail.hpp"

#include <future>
#include <thread>

#include <catch2/catch.hpp>

#include "core/store/schema.hpp"
#include "tests/core/store/temp_folder.hpp"

using haas::Result;
using haas::store::AuditRecord;
using haas::store::AuditRetention;
using haas::store::AuditTable;
using haas::store::AuditTrail;
using haas::store::Database;
using haas::store::Writer;

namespace {

std::int64_t now_ms() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

AuditRecord record(std::int64_t time_ms, const std::string& detail = "") {
    return {0, time_ms, "u", "power_on", "n", "reached", "", "", detail, 0};
}

Database prepared(const std::filesystem::path& file, const char* sql) {
    Database database = haas::store::open_database(file).value();
    REQUIRE(database.execute(sql));
    return database;
}

struct Trail {
    explicit Trail(const char* sql = "", AuditRetention keep = {})
        : database(prepared(folder / "haas.db", sql)), trail(AuditTable::prepare(database).value(), keep, *writer) {}
    ~Trail() { finish(); }

    // Waits until all that was submitted is carried out.
    void finish() {
        trail.stop();
        writer.reset();
    }
    std::int64_t count() { return database.integer("SELECT count(*) FROM audit").value(); }

    haas::test::TempFolder folder;
    Database database;
    std::unique_ptr<Writer> writer = Writer::start(database).value();
    AuditTrail trail;
};

// Runs on the writer's thread and keeps it, until opened.
struct Gate {
    explicit Gate(Writer& writer) {
        writer.submit({[this]() -> Result<void> {
                           entered.set_value();
                           opened.get_future().wait();
                           return {};
                       },
                       [this](const Result<void>&) { left.set_value(); }});
        entered.get_future().wait();
    }
    ~Gate() { left.get_future().wait(); }
    std::promise<void> entered;
    std::promise<void> opened;
    std::promise<void> left;
};

}  // namespace

TEST_CASE("what many threads add is all written, each thread's in its order") {
    Trail t;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
            for (int k = 0; k < 500; ++k) {
                AuditRecord added = record(now_ms());
                added.who = std::to_string(i);
                added.duration_ms = k;
                t.trail.add(std::move(added));
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    t.finish();
    CHECK(t.count() == 2000);
    CHECK(t.database.integer("SELECT count(*) FROM audit a JOIN audit b ON a.who = b.who AND a.id < b.id "
                             "AND a.duration_ms > b.duration_ms")
              .value() == 0);
}

TEST_CASE("what is added while the disk is busy is written together") {
    Trail t;
    auto other = Database::open(haas::store::file_uri(t.folder / "haas.db"), "", SQLITE_OPEN_READONLY).value();
    {
        Gate gate(*t.writer);
        for (int i = 0; i < 1000; ++i) t.trail.add(record(now_ms()));
        CHECK(other.integer("SELECT count(*) FROM audit").value() == 0);
        gate.opened.set_value();
        t.finish();
    }
    CHECK(t.count() == 1000);
}

TEST_CASE("a disk that does not come back costs bounded memory") {
    Trail t;
    Gate gate(*t.writer);
    for (std::size_t i = 0; i < AuditTrail::most_waiting + 10; ++i) t.trail.add(record(now_ms()));
    gate.opened.set_value();
    t.finish();
    CHECK(t.count() == static_cast<std::int64_t>(AuditTrail::most_waiting));
}

TEST_CASE("records that cannot be written are lost, and those after them are not") {
    Trail t(
        "CREATE TRIGGER refuse BEFORE INSERT ON audit WHEN new.detail = 'bad' BEGIN SELECT raise(ABORT, 'no'); END");
    {
        Gate gate(*t.writer);
        t.trail.add(record(now_ms(), "bad"));
        gate.opened.set_value();
    }
    // Behind the flush: the next one is another.
    std::promise<void> flushed;
    t.writer->submit({[]() -> Result<void> { return {}; }, [&](const Result<void>&) { flushed.set_value(); }});
    flushed.get_future().wait();
    t.trail.add(record(now_ms(), "good"));
    t.finish();
    CHECK(t.database.text("SELECT group_concat(detail) FROM audit").value() == "good");
}

TEST_CASE("records that another program's lock kept out are written with the next one") {
    Trail t;
    auto other = Database::open(haas::store::file_uri(t.folder / "haas.db"), "", SQLITE_OPEN_READWRITE).value();
    std::promise<void> settled;
    {
        Gate gate(*t.writer);
        t.trail.add(record(now_ms(), "first"));
        gate.opened.set_value();
    }
    t.writer->submit({[]() -> Result<void> { return {}; }, [&](const Result<void>&) { settled.set_value(); }});
    settled.get_future().wait();

    REQUIRE(other.execute("BEGIN IMMEDIATE"));
    std::promise<void> refused;
    t.writer->submit({[&]() -> Result<void> {
                          t.database.set_busy_timeout(10);
                          return {};
                      },
                      [&](const Result<void>&) {}, true});
    t.trail.add(record(now_ms(), "kept out"));
    t.writer->submit({[]() -> Result<void> { return {}; }, [&](const Result<void>&) { refused.set_value(); }});
    refused.get_future().wait();
    REQUIRE(other.execute("COMMIT"));
    t.trail.add(record(now_ms(), "next"));
    t.finish();
    CHECK(t.database.text("SELECT group_concat(detail) FROM audit").value() == "first,kept out,next");
}

TEST_CASE("what is too many when the store is opened is trimmed to the last of it") {
    Trail t("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
            "INSERT INTO audit SELECT i, 1800000000000 + i, 'u', 'o', 'n', 'x', '', '', '', 0 FROM n",
            {std::int64_t{100} * 366 * 86'400'000, 1234});
    // Each step submits the next: a request behind the last one sees the end.
    std::int64_t left = 5000;
    for (int i = 0; i < 1000 && left != 1234; ++i) {
        std::promise<std::int64_t> counted;
        t.writer->submit({[&]() -> Result<void> {
                            left = t.count();
                            return {};
                        },
                        [&](const Result<void>&) { counted.set_value(left); }});
        counted.get_future().wait();
    }
    CHECK(left == 1234);
    t.finish();
    CHECK(t.database.integer("SELECT min(id) FROM audit").value() == 5000 - 1234 + 1);
}

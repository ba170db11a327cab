#include "core/store/writer.hpp"

#include <future>
#include <optional>
#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "core/store/schema.hpp"
#include "tests/core/store/file_size_limit.hpp"
#include "tests/core/store/temp_folder.hpp"

namespace fs = std::filesystem;
using haas::Errc;
using haas::Result;
using haas::store::Database;
using haas::store::Writer;
using haas::test::FileSizeLimit;
using haas::test::TempFolder;
using Catch::Matchers::Contains;

namespace {

using Answer = std::future<Result<void>>;

Answer submit(Writer& writer, std::function<Result<void>()> work) {
    auto promise = std::make_shared<std::promise<Result<void>>>();
    Answer answer = promise->get_future();
    writer.submit({std::move(work), [promise](Result<void> done) { promise->set_value(std::move(done)); }});
    return answer;
}

// Keeps the writer busy, so that what is submitted meanwhile is one group.
class Gate {
public:
    explicit Gate(Writer& writer)
        : passed_(submit(writer, [this]() -> Result<void> {
              entered_.set_value();
              opened_.get_future().wait();
              return {};
          })) {
        entered_.get_future().wait();
    }
    void open() { opened_.set_value(); }

private:
    std::promise<void> entered_;
    std::promise<void> opened_;
    Answer passed_;
};

struct Written {
    TempFolder folder;
    fs::path file = folder / "haas.db";
    Database database = haas::store::open_database(file).value();
    std::unique_ptr<Writer> writer = Writer::start(database).value();

    Answer insert(const std::string& label, std::size_t size = 0) {
        return submit(*writer, [this, label, size] {
            return database.execute(
                fmt::format("INSERT INTO node (label, type) VALUES ('{}', '{}')", label, std::string(size, 'x'))
                    .c_str());
        });
    }
    // What a new connection sees once this one is gone.
    std::string labels_on_disk() {
        writer.reset();
        auto reader = Database::open(haas::store::file_uri(file), file, SQLITE_OPEN_READWRITE).value();
        return reader.text("SELECT group_concat(label, ' ') FROM (SELECT label FROM node ORDER BY label)").value();
    }
};

}  // namespace

TEST_CASE("one request that fails does not harm the others of its group") {
    Written w;
    Gate gate(*w.writer);
    auto a = w.insert("a");
    auto half = submit(*w.writer, [&]() -> Result<void> {
        REQUIRE(w.database.execute("INSERT INTO node (label, type) VALUES ('half', '')"));
        return haas::fail(Errc::conflict, "changed my mind");
    });
    auto taken = w.insert("a");
    auto b = w.insert("b");
    gate.open();
    CHECK(a.get());
    CHECK(half.get().error().code == Errc::conflict);
    CHECK_THAT(taken.get().error().message, Contains("UNIQUE"));
    CHECK(b.get());
    CHECK(w.labels_on_disk() == "a b");
}

TEST_CASE("nothing is answered before it is committed") {
    Written w;
    Gate gate(*w.writer);
    auto a = w.insert("a");
    auto other = Database::open(haas::store::file_uri(w.file), w.file, SQLITE_OPEN_READONLY).value();
    CHECK(other.integer("SELECT count(*) FROM node").value() == 0);
    gate.open();
    REQUIRE(a.get());
    CHECK(other.integer("SELECT count(*) FROM node").value() == 1);
}

TEST_CASE("a request that wants to be alone parts what came before it from what came after") {
    Written w;
    Gate gate(*w.writer);
    auto before = w.insert("before");
    auto promise = std::make_shared<std::promise<Result<void>>>();
    auto alone = promise->get_future();
    std::string seen;
    w.writer->submit({[&]() -> Result<void> {
                          // VACUUM works in no transaction.
                          auto other = Database::open(haas::store::file_uri(w.file), w.file, SQLITE_OPEN_READONLY).value();
                          seen = other.text("SELECT group_concat(label) FROM node").value();
                          return w.database.execute("VACUUM");
                      },
                      [promise](Result<void> done) { promise->set_value(std::move(done)); }, true});
    auto after = w.insert("after");
    auto left_open = std::make_shared<std::promise<Result<void>>>();
    auto left = left_open->get_future();
    w.writer->submit({[&] { return w.database.execute("BEGIN; INSERT INTO node (label, type) VALUES ('half', '')"); },
                      [left_open](Result<void> done) { left_open->set_value(std::move(done)); }, true});
    auto last = w.insert("last");
    gate.open();
    for (Answer* answer : {&before, &alone, &after, &left, &last}) CHECK(answer->get());
    CHECK(seen == "before");
    CHECK(w.labels_on_disk() == "after before last");
}

TEST_CASE("the destructor carries out what was submitted") {
    Written w;
    std::vector<Answer> answers;
    {
        Gate gate(*w.writer);
        for (int i = 0; i < 100; ++i) answers.push_back(w.insert(std::to_string(i)));
        gate.open();
        w.writer.reset();
    }
    for (Answer& answer : answers) CHECK(answer.get());
    CHECK(w.database.integer("SELECT count(*) FROM node").value() == 100);
}

TEST_CASE("a full disk fails what does not fit, keeps what was acknowledged, and passes") {
    Written w;
    REQUIRE(w.insert("before", 1000).get());
    std::string expected = "before";
    {
        const FileSizeLimit limit(200'000);
        // Fails as a whole group: both at COMMIT, and (with more than SQLite's cache holds) in the middle.
        for (const std::size_t size : {std::size_t{300'000}, std::size_t{4'000'000}}) {
            Gate gate(*w.writer);
            auto small = w.insert("small");
            auto big = w.insert("big", size);
            auto later = w.insert("later");
            gate.open();
            for (Answer* answer : {&small, &big, &later}) {
                const auto failed = answer->get();
                REQUIRE_FALSE(failed);
                CHECK(failed.error().code == Errc::internal);
                CHECK_THAT(failed.error().message, Contains(w.file.string()) && Contains("disk I/O error"));
            }
        }
        // What fits is stored all the while.
        REQUIRE(w.insert("during").get());
        expected += " during";
        // Many small ones, until the log is at its limit.
        int stored = 0;
        while (w.insert(fmt::format("fill{:03}", stored), 4000).get()) expected += fmt::format(" fill{:03}", stored++);
        CHECK(stored > 5);
        CHECK_FALSE(w.insert("full", 4000).get());
    }
    REQUIRE(w.insert("then", 300'000).get());
    CHECK(w.labels_on_disk() == expected + " then");
}

TEST_CASE("a database that was moved away is told, and works again when put back") {
    Written w;
    REQUIRE(w.insert("a").get());
    fs::rename(w.file, w.folder / "moved");
    const auto lost = w.insert("b").get();
    REQUIRE_FALSE(lost);
    CHECK_THAT(lost.error().message, Contains(w.file.string()) && Contains("moved or removed"));
    fs::rename(w.folder / "moved", w.file);
    CHECK(w.insert("c").get());
    CHECK(w.labels_on_disk() == "a c");
}

TEST_CASE("another program's lock makes the request wait, then fail with a sentence") {
    Written w;
    auto other = Database::open(haas::store::file_uri(w.file), w.file, SQLITE_OPEN_READWRITE).value();
    REQUIRE(other.execute("BEGIN IMMEDIATE"));
    w.database.set_busy_timeout(50);
    const auto refused = w.insert("a").get();
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message, Contains("locked"));
    REQUIRE(other.execute("COMMIT"));
    CHECK(w.insert("a").get());
}

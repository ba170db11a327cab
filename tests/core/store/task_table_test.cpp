#include "core/store/task_table.hpp"

#include <catch2/catch.hpp>

#include "core/store/schema.hpp"
#include "tests/core/store/temp_folder.hpp"

using haas::Errc;
using haas::store::Database;
using haas::store::TaskRecord;
using haas::store::TaskTable;
using Catch::Matchers::Contains;

namespace {

struct Tasks {
    haas::test::TempFolder folder;
    Database database = haas::store::open_database(folder / "haas.db").value();
    TaskTable table = TaskTable::prepare(database).value();

    std::string ids() {
        const auto loaded = table.load().value();
        std::string all;
        for (const TaskRecord& task : loaded) all += task.id + " ";
        return all;
    }
};

TaskRecord task(const std::string& id, const std::string& who, const std::string& key, std::int64_t created = 1) {
    return {id, who, key, "digest", "power_on", "n1", "running", "", created, 0};
}

constexpr std::int64_t day_ms = 86'400'000;

}  // namespace

TEST_CASE("a task comes back as it was last put") {
    Tasks tasks;
    TaskRecord given{"t1", "admin", "key \xe2\x98\x83", "digest", "power_cycle", "n1", "accepted", "", 5, 0};
    REQUIRE(tasks.table.put(given));
    CHECK(tasks.table.load().value() == std::vector{given});
    given.state = "reached";
    given.result_json = "{\"ok\": true}";
    given.finished_ms = 9;
    REQUIRE(tasks.table.put(given));
    CHECK(tasks.table.load().value() == std::vector{given});
}

TEST_CASE("an idempotency key is taken once a user, none by any number") {
    Tasks tasks;
    for (const auto& one : {task("a", "u", "k", 3), task("b", "v", "k", 2), task("c", "u", "", 1), task("d", "u", "", 4)}) {
        REQUIRE(tasks.table.put(one));
    }
    const auto taken = tasks.table.put(task("e", "u", "k"));
    REQUIRE_FALSE(taken);
    CHECK(taken.error().code == Errc::duplicate);
    CHECK_THAT(taken.error().message, Contains("'k'") && Contains("u"));
    CHECK(tasks.ids() == "c b a d ");
}

TEST_CASE("finished tasks go after a day, others never, and only so many at once") {
    Tasks tasks;
    const std::int64_t now = 1'800'000'000'000;
    for (const std::string id : {"a", "b", "c"}) {
        TaskRecord old = task(id, "u", id);
        old.finished_ms = now - day_ms - 1;
        REQUIRE(tasks.table.put(old));
    }
    TaskRecord recent = task("recent", "u", "r");
    recent.finished_ms = now - day_ms;
    REQUIRE(tasks.table.put(recent));
    REQUIRE(tasks.table.put(task("running", "u", "s", 0)));

    REQUIRE(tasks.table.prune(now, 2));
    CHECK(tasks.table.load().value().size() == 3);
    REQUIRE(tasks.table.prune(now, -1));
    CHECK(tasks.ids() == "running recent ");
    // Its key is free again.
    CHECK(tasks.table.put(task("new", "u", "a")));
}

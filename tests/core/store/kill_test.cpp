// What only a kill -9 can show: nothing that was acknowledged is lost, and the next start takes up what was cut short.
#include "core/store/sqlite_store.hpp"

#include <chrono>
#include <csignal>
#include <random>
#include <set>
#include <string>

#include <catch2/catch.hpp>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/store/check.hpp"
#include "core/store/rotation.hpp"
#include "tests/core/store/legacy.hpp"
#include "tests/core/store/queue_loop.hpp"
#include "tests/core/store/records.hpp"
#include "tests/core/store/temp_folder.hpp"

namespace fs = std::filesystem;
using haas::Result;
using haas::store::NodeRecord;
using haas::store::SqliteStore;
using haas::test::files_of;
using haas::test::is_secret;
using haas::test::numbered;
using haas::test::QueueLoop;
using haas::test::TempFolder;

namespace {

std::vector<NodeRecord> reopened(const fs::path& file) {
    QueueLoop loop;
    auto store = SqliteStore::open(files_of(file), loop);
    if (!store) FAIL(store.error().message);
    return (*store)->load_nodes(is_secret).value();
}

// What the child reports: a change that was answered with success.
struct Acknowledged {
    int number;
    bool added;
};

// Adds nodes from `first` on, removes every third of them again, reports each answer, until killed.
[[noreturn]] void register_nodes(const fs::path& file, int first, int report) {
    QueueLoop loop;
    auto store = SqliteStore::open(files_of(file), loop);
    if (!store) ::_exit(1);
    int number = first;
    int pending = 0;
    const auto submit = [&](int which, bool add) {
        const auto done = [&pending, report, which, add](const Result<void>& answer) {
            --pending;
            const Acknowledged acknowledged{which, add};
            if (!answer || ::write(report, &acknowledged, sizeof acknowledged) != sizeof acknowledged) ::_exit(2);
        };
        ++pending;
        if (add) {
            (*store)->add_node(numbered(which), done);
        } else {
            (*store)->remove_node(numbered(which).label, done);
        }
    };
    while (true) {
        while (pending < 6) {
            submit(number, true);
            if (number % 3 == 0) submit(number, false);
            ++number;
        }
        const int before = pending;
        if (!loop.run_until([&] { return pending < before; })) ::_exit(3);
    }
}

// Lets the child work for `time`, counted from its first report if `working`, kills it, and returns all it had reported.
std::vector<Acknowledged> run_and_kill(const fs::path& file, int first, std::chrono::microseconds time,
                                       bool working = false) {
    int report[2];
    REQUIRE(::pipe(report) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(report[0]);
        register_nodes(file, first, report[1]);
    }
    ::close(report[1]);
    std::vector<Acknowledged> all;
    const auto read_one = [&] {
        Acknowledged one{};
        if (::read(report[0], &one, sizeof one) != sizeof one) return false;
        all.push_back(one);
        return true;
    };
    if (working) REQUIRE(read_one());
    const auto deadline = std::chrono::steady_clock::now() + time;
    while (true) {
        const auto left = deadline - std::chrono::steady_clock::now();
        if (left <= left.zero()) break;
        const timespec wait{0, static_cast<long>(std::chrono::nanoseconds(left).count())};
        pollfd ready{report[0], POLLIN, 0};
        if (::ppoll(&ready, 1, &wait, nullptr) > 0 && !read_one()) break;
    }
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(WIFSIGNALED(status));  // it had not ended by itself, with an error
    while (read_one()) {
    }
    ::close(report[0]);
    return all;
}

// What all children together were told is stored.
class Ledger {
public:
    void note(const std::vector<Acknowledged>& reports) {
        for (const auto& [number, added] : reports) {
            if (!added) gone_.insert(number);
            if (added && number % 3 != 0) present_.insert(number);  // the others were asked to go as well
        }
        reports_ += reports.size();
    }
    void verify(const fs::path& file) const {
        const auto whole = haas::store::check(files_of(file));
        INFO((whole ? "" : whole.error().message));
        REQUIRE(whole);
        std::set<int> found;
        for (const NodeRecord& node : reopened(file)) {
            const int number = std::stoi(node.label.substr(5));
            found.insert(number);
            // Whole, also those whose answer the kill swallowed.
            REQUIRE(node == numbered(number));
        }
        for (const int number : present_) REQUIRE(found.count(number) == 1);
        for (const int number : gone_) REQUIRE(found.count(number) == 0);
    }
    std::size_t reports() const { return reports_; }

private:
    std::set<int> present_;
    std::set<int> gone_;
    std::size_t reports_ = 0;
};

}  // namespace

TEST_CASE("what was acknowledged survives kill -9 at any moment") {
    const TempFolder folder;
    const fs::path file = folder / "haas.db";
    std::mt19937 random(20261122);
    Ledger ledger;
    constexpr int per_round = 100'000;
    for (int round = 0; round < 50; ++round) {
        const auto time = std::chrono::microseconds(std::uniform_int_distribution(0, 60'000)(random));
        ledger.note(run_and_kill(file, round * per_round, time, round % 2 == 0));
        ledger.verify(file);
    }
    // The kills did come while work was going on.
    CHECK(ledger.reports() > 100);
}

TEST_CASE("a kill during the very first start leaves a database that the next start completes") {
    std::mt19937 random(7);
    for (int round = 0; round < 25; ++round) {
        const TempFolder folder;
        const auto time = std::chrono::microseconds(std::uniform_int_distribution(0, 8'000)(random));
        Ledger ledger;
        ledger.note(run_and_kill(folder / "haas.db", 1, time));
        ledger.verify(folder / "haas.db");
    }
}

namespace {

// Lets a child do something for `time` at most, then kills it.  Did it end by itself, and well?
template <class Work>
bool kill_within(std::chrono::microseconds time, Work work) {
    // The write end goes when the child does.
    int alive[2];
    REQUIRE(::pipe(alive) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(alive[0]);
        ::_exit(work() ? 0 : 1);
    }
    ::close(alive[1]);
    const timespec wait{time.count() / 1'000'000, time.count() % 1'000'000 * 1000};
    pollfd ended{alive[0], POLLIN, 0};
    (void)::ppoll(&ended, 1, &wait, nullptr);
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ::close(alive[0]);
    CHECK((WIFSIGNALED(status) || WEXITSTATUS(status) == 0));
    return WIFEXITED(status);
}

// How long it takes when nobody kills it.
template <class Work>
std::chrono::microseconds time_of(Work work) {
    const auto start = std::chrono::steady_clock::now();
    REQUIRE(kill_within(std::chrono::seconds(30), work));
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start);
}

bool all_numbered(const std::vector<NodeRecord>& nodes, int count) {
    if (nodes.size() != static_cast<std::size_t>(count)) return false;
    for (int i = 0; i < count; ++i) {
        if (!(nodes[static_cast<std::size_t>(i)] == numbered(i))) return false;
    }
    return true;
}

constexpr int few = 60;

// So many are killed before they are done, however the time that one takes changes meanwhile.
constexpr int enough_killed = 21;
bool go_on(int round, int rounds, int killed) {
    return round < rounds || (killed < enough_killed && round < 10 * rounds);
}

bool open_and_load(const fs::path& file) {
    QueueLoop loop;
    auto store = SqliteStore::open(files_of(file), loop);
    return store && (*store)->load_nodes(is_secret);
}

}  // namespace

TEST_CASE("sealing that is killed at any moment loses nothing, and the next start leaves no plain text") {
    const TempFolder legacy;
    haas::test::make_legacy(legacy / "haas.db", few, true);
    const auto copy_to = [&](const TempFolder& folder) {
        for (const auto& [name, content] : haas::test::snapshot(legacy.path())) {
            haas::test::write_file(folder / name, content);
        }
        return folder / "haas.db";
    };
    const TempFolder first;
    const auto whole = time_of([file = copy_to(first)] { return open_and_load(file); });
    std::mt19937 random(11);
    int killed = 0;
    for (int round = 0; go_on(round, 40, killed); ++round) {
        const TempFolder folder;
        const fs::path file = copy_to(folder);
        std::uniform_int_distribution<std::int64_t> any(0, whole.count());
        for (int again = 0; again < 2; ++again) {
            const auto time = std::chrono::microseconds(any(random));
            killed += kill_within(time, [&] { return open_and_load(file); }) ? 0 : 1;
        }
        REQUIRE(all_numbered(reopened(file), few));
        REQUIRE(haas::test::files_with(folder.path(), haas::test::password_mark) == "");
    }
    CHECK(killed >= enough_killed);
}

TEST_CASE("a rotation that is killed at any moment leaves a database that one of the two keys opens") {
    const TempFolder folder;
    const fs::path file = folder / "haas.db";
    {
        QueueLoop loop;
        auto store = std::move(SqliteStore::open(files_of(file), loop).value());
        for (int i = 0; i < few; ++i) store->add_node(numbered(i), [](const Result<void>&) {});
    }
    REQUIRE(open_and_load(file));
    const auto rotate = [&] { return haas::store::rotate_key(files_of(file)).has_value(); };
    const auto whole = time_of(rotate);
    std::mt19937 random(12);
    std::set<std::string> keys;
    int killed = 0;
    for (int round = 0; go_on(round, 60, killed); ++round) {
        const auto time = std::chrono::microseconds(std::uniform_int_distribution<std::int64_t>(0, whole.count())(random));
        killed += kill_within(time, rotate) ? 0 : 1;
        REQUIRE(haas::store::check(files_of(file)));
        // Twice in a row without a start between them, too.
        if (round % 3 != 0) REQUIRE(all_numbered(reopened(file), few));
        keys.insert(haas::test::read_file(folder / "haas.key"));
    }
    REQUIRE(all_numbered(reopened(file), few));
    CHECK(killed >= enough_killed);
    CHECK(keys.size() > 3);
}

namespace {

// Gives node 0 one password after the other, and reports each that was acknowledged.
[[noreturn]] void change_passwords(const fs::path& file, int first, int report) {
    QueueLoop loop;
    auto store = SqliteStore::open(files_of(file), loop);
    if (!store) ::_exit(1);
    for (int generation = first;; ++generation) {
        NodeRecord change = numbered(0);
        change.secrets.put({"password", "generation-" + std::to_string(generation)});
        bool answered = false;
        (*store)->update_node(numbered(0).label, std::move(change), [&](const Result<void>& done) {
            answered = true;
            if (!done || ::write(report, &generation, sizeof generation) != sizeof generation) ::_exit(2);
        });
        if (!loop.run_until([&] { return answered; })) ::_exit(3);
    }
}

}  // namespace

TEST_CASE("new credentials that were acknowledged survive kill -9") {
    const TempFolder folder;
    const fs::path file = folder / "haas.db";
    {
        QueueLoop loop;
        auto store = std::move(SqliteStore::open(files_of(file), loop).value());
        store->add_node(numbered(0), [](const Result<void>&) {});
    }
    std::mt19937 random(13);
    int acknowledged = 0;
    for (int round = 0; round < 25; ++round) {
        int report[2];
        REQUIRE(::pipe(report) == 0);
        const pid_t child = ::fork();
        if (child == 0) change_passwords(file, acknowledged + 1, report[1]);
        ::close(report[1]);
        const auto read_one = [&] {
            int generation = 0;
            if (::read(report[0], &generation, sizeof generation) != sizeof generation) return false;
            acknowledged = generation;
            return true;
        };
        for (int reports = std::uniform_int_distribution(1, 4)(random); reports > 0; --reports) REQUIRE(read_one());
        // In the midst of the next one.
        const timespec wait{0, std::uniform_int_distribution(0, 3'000'000)(random)};
        pollfd none{-1, POLLIN, 0};
        (void)::ppoll(&none, 1, &wait, nullptr);
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        while (read_one()) {
        }
        ::close(report[0]);

        const auto nodes = reopened(file);
        REQUIRE(nodes.size() == 1);
        const auto* stored = std::get_if<std::string>(&nodes[0].secrets.find("password")->value);
        REQUIRE(stored != nullptr);
        // One whose answer the kill swallowed may be there too.
        CHECK((*stored == "generation-" + std::to_string(acknowledged) ||
               *stored == "generation-" + std::to_string(acknowledged + 1)));
        CHECK(nodes[0].fields == numbered(0).fields);
        CHECK(haas::test::files_with(folder.path(), "generation-") == "");
    }
}

#include "core/store/sqlite_store.hpp"

#include <chrono>
#include <csignal>
#include <future>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/store/check.hpp"
#include "tests/core/store/child.hpp"
#include "tests/core/store/queue_loop.hpp"
#include "tests/core/store/temp_folder.hpp"

namespace fs = std::filesystem;
using haas::Errc;
using haas::Result;
using haas::store::NodeRecord;
using haas::store::SqliteStore;
using haas::test::QueueLoop;
using haas::test::TempFolder;
using Catch::Matchers::Contains;

namespace {

NodeRecord numbered(int number) {
    return NodeRecord{
        fmt::format("node-{:05}", number),
        "http://schema.massopencloud.org/haas/v0/obm/mock",
        {{"host", fmt::format("bmc{}", number)}, {"number", std::int64_t{number}}, {"even", number % 2 == 0}},
        {{"rack", fmt::format("\"{}\"", number / 40)}}};
}

std::vector<NodeRecord> reopened(const fs::path& file) {
    QueueLoop loop;
    auto store = SqliteStore::open(file, loop);
    if (!store) FAIL(store.error().message);
    return (*store)->load_nodes().value();
}

}  // namespace

TEST_CASE("changes are answered in order on the loop, and are there after a restart") {
    const TempFolder folder;
    QueueLoop loop;
    auto store = std::move(SqliteStore::open(folder / "haas.db", loop).value());
    CHECK(store->load_nodes().value().empty());

    std::string answers;
    const auto note = [&](const std::string& name) {
        return [&answers, name, loop_thread = std::this_thread::get_id()](Result<void> done) {
            CHECK(std::this_thread::get_id() == loop_thread);
            answers += name + (done ? " ok; " : fmt::format(" {}; ", haas::name(done.error().code)));
        };
    };
    store->add_node(numbered(1), note("add 1"));
    store->add_node(numbered(1), note("add 1 again"));
    store->add_node(numbered(2), note("add 2"));
    store->remove_node("node-00001", note("remove 1"));
    store->remove_node("node-00001", note("remove 1 again"));
    store->put_metadata("node-00002", "rack", "7", note("put"));
    store->put_metadata("node-00001", "rack", "7", note("put to none"));
    store->remove_metadata("node-00002", "color", note("no such"));
    CHECK(answers.empty());  // never from within the call
    store->add_node(numbered(3), note("last"));
    REQUIRE(loop.run_until([&] { return answers.find("last") != std::string::npos; }));
    CHECK(answers ==
          "add 1 ok; add 1 again duplicate; add 2 ok; remove 1 ok; remove 1 again not_found; put ok; "
          "put to none not_found; no such not_found; last ok; ");

    NodeRecord two = numbered(2);
    two.metadata = {{"rack", "7"}};
    CHECK(store->load_nodes().value() == std::vector{two, numbered(3)});
    store.reset();
    CHECK(reopened(folder / "haas.db") == std::vector{two, numbered(3)});
    CHECK_FALSE(fs::exists(folder / "haas.db-wal"));
}

TEST_CASE("what a done function holds is never destroyed on the store's thread") {
    // Keeps the store's thread in post() until the task is over and gone: a copy left there would be the last one.
    class HoldingLoop final : public QueueLoop {
    public:
        void post(Task task) override {
            QueueLoop::post(std::move(task));
            over.get_future().wait();
        }
        std::promise<void> over;
    };
    const TempFolder folder;
    HoldingLoop loop;
    std::thread::id destroyed_on;
    bool answered = false;
    {
        auto store = std::move(SqliteStore::open(folder / "haas.db", loop).value());
        auto held = std::shared_ptr<int>(new int(0), [&](const int* number) {
            destroyed_on = std::this_thread::get_id();
            delete number;
        });
        store->add_node(numbered(1), [held = std::move(held), &answered](const Result<void>&) { answered = true; });
        const bool in_time = loop.run_until([&] { return answered; });
        loop.over.set_value();
        REQUIRE(in_time);
    }
    CHECK(destroyed_on == std::this_thread::get_id());
}

TEST_CASE("closing finishes what was submitted, and answers it") {
    const TempFolder folder;
    QueueLoop loop;
    int stored = 0;
    auto store = std::move(SqliteStore::open(folder / "haas.db", loop).value());
    for (int i = 0; i < 200; ++i) {
        store->add_node(numbered(i), [&](const Result<void>& done) { stored += done ? 1 : 0; });
    }
    store.reset();
    REQUIRE(loop.run_until([&] { return stored == 200; }));
    CHECK(reopened(folder / "haas.db").size() == 200);
}

TEST_CASE("a second daemon is refused, by whatever path it comes") {
    const TempFolder folder;
    fs::create_symlink(folder / "haas.db", folder / "link.db");  // dangling until the store makes the file
    QueueLoop loop;
    const int refused_to_child = [&] {
        // The child is made before this process has a thread, and waits for the store to be open.
        int open[2];
        REQUIRE(::pipe(open) == 0);
        const pid_t child = ::fork();
        if (child == 0) {
            char go = 0;
            if (::read(open[0], &go, 1) != 1) ::_exit(2);
            const std::string pid = fmt::format("pid {}", ::getppid());
            for (const char* name : {"haas.db", "link.db"}) {
                const auto second = SqliteStore::open(folder / name, loop);
                if (second || second.error().message.find(pid) == std::string::npos) ::_exit(1);
            }
            ::_exit(0);
        }
        const auto store = SqliteStore::open(folder / "link.db", loop);
        CHECK(store);
        (void)!::write(open[1], "g", 1);
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        ::close(open[0]);
        ::close(open[1]);
        const auto second = SqliteStore::open(folder / "haas.db", loop);
        REQUIRE_FALSE(second);
        CHECK(second.error().code == Errc::conflict);
        CHECK_THAT(second.error().message, Contains((folder / "haas.db").string()));
        return status;
    }();
    CHECK(refused_to_child == 0);
    CHECK(SqliteStore::open(folder / "link.db", loop));
    CHECK(fs::is_symlink(folder / "link.db"));
}

TEST_CASE("a missing folder is an error that names it") {
    const TempFolder folder;
    QueueLoop loop;
    const auto store = SqliteStore::open(folder / "missing/haas.db", loop);
    REQUIRE_FALSE(store);
    CHECK_THAT(store.error().message, Contains((folder / "missing").string()) && Contains("does not exist"));
}

TEST_CASE("a thousand registrations from many threads share a few commits") {
    const TempFolder folder;
    QueueLoop loop;
    constexpr int threads = 8;
    constexpr int each = 125;
    int stored = 0;
    {
        auto store = std::move(SqliteStore::open(folder / "haas.db", loop).value());
        std::vector<std::thread> clients;
        for (int t = 0; t < threads; ++t) {
            clients.emplace_back([&, t] {
                for (int i = 0; i < each; ++i) {
                    store->add_node(numbered(t * each + i), [&](const Result<void>& done) { stored += done ? 1 : 0; });
                }
            });
        }
        for (std::thread& client : clients) client.join();
        REQUIRE(loop.run_until([&] { return stored == threads * each; }));
        // https://www.sqlite.org/walformat.html: a commit ends with a frame whose second word, the size of the database
        // after it, is not 0.  Frames of 24 + 4096 bytes follow a header of 32.
        const std::string log = haas::test::read_file(folder / "haas.db-wal");
        std::set<std::string> commits;
        for (std::size_t frame = 32; frame + 24 <= log.size(); frame += 24 + 4096) {
            if (log.compare(frame + 4, 4, std::string(4, '\0')) != 0) commits.insert(std::to_string(frame));
        }
        CHECK(commits.size() >= 1);
        CHECK(commits.size() < 500);
    }
    CHECK(reopened(folder / "haas.db").size() == threads * each);
}

TEST_CASE("ten thousand nodes are loaded whole and quickly") {
    const TempFolder folder;
    QueueLoop loop;
    std::vector<NodeRecord> expected;
    int stored = 0;
    {
        auto store = std::move(SqliteStore::open(folder / "haas.db", loop).value());
        for (int i = 0; i < 10'000; ++i) {
            expected.push_back(numbered(i));
            store->add_node(numbered(i), [&](const Result<void>& done) { stored += done ? 1 : 0; });
        }
        REQUIRE(loop.run_until([&] { return stored == 10'000; }));
    }
    const auto start = std::chrono::steady_clock::now();
    const auto loaded = reopened(folder / "haas.db");
    const auto took = std::chrono::steady_clock::now() - start;
    CHECK(loaded == expected);
    // Under half a second in a debug build; the bound is for sanitizers on a busy machine.
    CHECK(took < std::chrono::seconds(10));
}

namespace {

// What the child reports: a change that was answered with success.
struct Acknowledged {
    int number;
    bool added;
};

// Adds nodes from `first` on, removes every third of them again, reports each answer, until killed.
[[noreturn]] void register_nodes(const fs::path& file, int first, int report) {
    QueueLoop loop;
    auto store = SqliteStore::open(file, loop);
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

// Lets the child work for `time`, kills it, and returns all it had reported.
std::vector<Acknowledged> run_and_kill(const fs::path& file, int first, std::chrono::microseconds time) {
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
        const auto whole = haas::store::check(file);
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
        ledger.note(run_and_kill(file, round * per_round, time));
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

TEST_CASE("a refusal of credentials is kept, and forgotten on demand") {
    const TempFolder folder;
    const auto put = [&](const std::string& label, const std::string& sentence) {
        QueueLoop loop;
        auto store = std::move(SqliteStore::open(folder / "haas.db", loop).value());
        std::optional<Result<void>> answer;
        store->put_refusal(label, sentence, [&](Result<void> done) { answer = std::move(done); });
        REQUIRE(loop.run_until([&] { return answer.has_value(); }));
        return *answer;
    };
    {
        QueueLoop loop;
        auto store = std::move(SqliteStore::open(folder / "haas.db", loop).value());
        store->add_node(numbered(1), [](const Result<void>&) {});
    }
    CHECK(put("node-00001", "the BMC refused the password"));
    CHECK(reopened(folder / "haas.db").front().refusal == "the BMC refused the password");
    CHECK(put("node-00001", ""));
    CHECK(reopened(folder / "haas.db").front() == numbered(1));
    CHECK(put("node-00002", "x").error().code == Errc::not_found);
}

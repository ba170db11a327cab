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
#include "tests/core/store/records.hpp"
#include "tests/core/store/temp_folder.hpp"

namespace fs = std::filesystem;
using haas::Errc;
using haas::Result;
using haas::store::NodeRecord;
using haas::store::SqliteStore;
using haas::test::files_of;
using haas::test::is_secret;
using haas::test::list;
using haas::test::numbered;
using haas::test::QueueLoop;
using haas::test::TempFolder;
using Catch::Matchers::Contains;

namespace {

std::vector<NodeRecord> reopened(const fs::path& file) {
    QueueLoop loop;
    auto store = SqliteStore::open(files_of(file), loop);
    if (!store) FAIL(store.error().message);
    return (*store)->load_nodes(is_secret).value();
}

}  // namespace

TEST_CASE("changes are answered in order on the loop, and are there after a restart") {
    const TempFolder folder;
    QueueLoop loop;
    auto store = std::move(SqliteStore::open(files_of(folder / "haas.db"), loop).value());
    CHECK(store->load_nodes(is_secret).value().empty());

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

    const auto expected = [] {
        NodeRecord two = numbered(2);
        two.metadata = {{"rack", "7"}};
        return list(std::move(two), numbered(3));
    };
    CHECK(store->load_nodes(is_secret).value() == expected());
    store.reset();
    CHECK(reopened(folder / "haas.db") == expected());
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
        auto store = std::move(SqliteStore::open(files_of(folder / "haas.db"), loop).value());
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
    auto store = std::move(SqliteStore::open(files_of(folder / "haas.db"), loop).value());
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
                const auto second = SqliteStore::open(files_of(folder / name), loop);
                if (second || second.error().message.find(pid) == std::string::npos) ::_exit(1);
            }
            ::_exit(0);
        }
        const auto store = SqliteStore::open(files_of(folder / "link.db"), loop);
        CHECK(store);
        (void)!::write(open[1], "g", 1);
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        ::close(open[0]);
        ::close(open[1]);
        const auto second = SqliteStore::open(files_of(folder / "haas.db"), loop);
        REQUIRE_FALSE(second);
        CHECK(second.error().code == Errc::conflict);
        CHECK_THAT(second.error().message, Contains((folder / "haas.db").string()));
        return status;
    }();
    CHECK(refused_to_child == 0);
    CHECK(SqliteStore::open(files_of(folder / "link.db"), loop));
    CHECK(fs::is_symlink(folder / "link.db"));
}

TEST_CASE("a missing folder is an error that names it") {
    const TempFolder folder;
    QueueLoop loop;
    const auto store = SqliteStore::open(files_of(folder / "missing/haas.db"), loop);
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
        auto store = std::move(SqliteStore::open(files_of(folder / "haas.db"), loop).value());
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
        auto store = std::move(SqliteStore::open(files_of(folder / "haas.db"), loop).value());
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

TEST_CASE("a refusal for good is kept with its kind, and forgotten on demand") {
    const TempFolder folder;
    const auto put = [&](const std::string& label, const std::string& sentence, Errc code = Errc::credentials_rejected) {
        QueueLoop loop;
        auto store = std::move(SqliteStore::open(files_of(folder / "haas.db"), loop).value());
        std::optional<Result<void>> answer;
        store->put_refusal(label, code, sentence, [&](Result<void> done) { answer = std::move(done); });
        REQUIRE(loop.run_until([&] { return answer.has_value(); }));
        return *answer;
    };
    {
        QueueLoop loop;
        auto store = std::move(SqliteStore::open(files_of(folder / "haas.db"), loop).value());
        store->add_node(numbered(1), [](const Result<void>&) {});
    }
    CHECK(put("node-00001", "the BMC refused the password"));
    CHECK(reopened(folder / "haas.db").front().refusal == "the BMC refused the password");
    CHECK(reopened(folder / "haas.db").front().refusal_code == Errc::credentials_rejected);
    CHECK(put("node-00001", "the BMC refused the level", Errc::privilege));
    CHECK(reopened(folder / "haas.db").front().refusal == "the BMC refused the level");
    CHECK(reopened(folder / "haas.db").front().refusal_code == Errc::privilege);
    CHECK(put("node-00001", ""));
    CHECK(reopened(folder / "haas.db").front() == numbered(1));
    CHECK(put("node-00002", "x").error().code == Errc::not_found);
}

namespace {

// Submits, and waits for the answer.
template <class Submit>
Result<void> answer_of(QueueLoop& loop, Submit submit) {
    std::optional<Result<void>> answer;
    submit([&](Result<void> done) { answer = std::move(done); });
    REQUIRE(loop.run_until([&] { return answer.has_value(); }));
    return *answer;
}

}  // namespace

TEST_CASE("a node's new credentials are kept, read by themselves, and forget the refusal") {
    const TempFolder folder;
    {
        QueueLoop loop;
        auto store = std::move(SqliteStore::open(files_of(folder / "haas.db"), loop).value());
        store->add_node(numbered(1), [](const Result<void>&) {});
        store->put_refusal("node-00001", Errc::privilege, "refused", [](const Result<void>&) {});
        NodeRecord change = numbered(1);
        change.metadata.clear();
        change.refusal = "not looked at";
        change.refusal_code = Errc::privilege;
        change.secrets.put({"password", std::string("new-password")});
        CHECK(answer_of(loop, [&](auto done) { store->update_node("node-00001", std::move(change), done); }));
        CHECK(answer_of(loop, [&](auto done) { store->update_node("none", numbered(2), done); }).error().code ==
              Errc::not_found);

        std::optional<Result<haas::SecretFields>> secrets;
        store->read_secrets("node-00001", [&](Result<haas::SecretFields> read) { secrets = std::move(read); });
        CHECK_FALSE(secrets.has_value());  // never from within the call
        REQUIRE(loop.run_until([&] { return secrets.has_value(); }));
        CHECK(secrets->value().find("password")->value == haas::Field{"", std::string("new-password")}.value);
        secrets.reset();
        store->read_secrets("none", [&](Result<haas::SecretFields> read) { secrets = std::move(read); });
        REQUIRE(loop.run_until([&] { return secrets.has_value(); }));
        CHECK(secrets->error().code == Errc::not_found);
    }
    NodeRecord expected = numbered(1);
    expected.secrets.put({"password", std::string("new-password")});
    CHECK(reopened(folder / "haas.db") == list(std::move(expected)));
}

TEST_CASE("tokens, tasks and audit survive a restart; tokens go with their node, the others stay") {
    const TempFolder folder;
    const haas::store::TaskRecord task{"t1", "u", "key", "d", "power_on", "node-00001", "running", "", 1, 0};
    haas::store::TaskRecord old = task;
    old.id = "t0";
    old.key = "";
    old.finished_ms = 1;
    {
        QueueLoop loop;
        auto store = std::move(SqliteStore::open(files_of(folder / "haas.db"), loop).value());
        for (int i = 1; i <= 2; ++i) {
            store->add_node(numbered(i), [](const Result<void>&) {});
            haas::store::TokenRecord token{std::to_string(i), numbered(i).label, {haas::Right::power}, "", {}, 1, 0, "", false};
            token.digest[0] = static_cast<std::uint8_t>(i);
            CHECK(answer_of(loop, [&](auto done) { store->put_token(token, done); }));
        }
        CHECK(answer_of(loop, [&](auto done) { store->remove_token("3", done); }).error().code == Errc::not_found);
        CHECK(answer_of(loop, [&](auto done) { store->put_task(task, done); }));
        CHECK(answer_of(loop, [&](auto done) { store->remove_node("node-00001", done); }));
        store->add_audit({0, 1'800'000'000'000, "u", "delete", "node-00001", "done", "", "", "", 3});
        std::optional<Result<std::vector<haas::store::AuditRecord>>> audit;
        store->read_audit({}, [&](auto found) { audit = std::move(found); });
        REQUIRE(loop.run_until([&] { return audit.has_value(); }));
        REQUIRE(audit->value().size() == 1);  // it sees what was added before
        store->add_audit({0, 1'800'000'000'001, "u", "last", "", "done", "", "", "", 3});
        store->put_task(old, [](const Result<void>&) {});
    }
    QueueLoop loop;
    auto store = std::move(SqliteStore::open(files_of(folder / "haas.db"), loop).value());
    const auto tokens = store->load_tokens().value();
    REQUIRE(tokens.size() == 1);
    CHECK(tokens[0].node == "node-00002");
    CHECK(store->load_tasks().value() == std::vector{task});
    std::optional<Result<std::vector<haas::store::AuditRecord>>> audit;
    store->read_audit({}, [&](auto found) { audit = std::move(found); });
    REQUIRE(loop.run_until([&] { return audit.has_value(); }));
    REQUIRE(audit->value().size() == 2);
    CHECK(audit->value()[0].operation == "last");
}

TEST_CASE("a key file that does not belong to the database keeps the store shut") {
    const TempFolder folder;
    QueueLoop loop;
    {
        auto store = std::move(SqliteStore::open(files_of(folder / "haas.db"), loop).value());
        store->add_node(numbered(1), [](const Result<void>&) {});
    }
    haas::test::write_file(folder / "haas.key", std::string(64, '0'));
    const auto refused = SqliteStore::open(files_of(folder / "haas.db"), loop);
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message, Contains((folder / "haas.key").string()) && Contains("put the key file back"));
}

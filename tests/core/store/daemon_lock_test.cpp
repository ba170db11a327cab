#include "core/store/daemon_lock.hpp"

#include <csignal>
#include <optional>

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/core/store/temp_folder.hpp"

namespace fs = std::filesystem;
using haas::Errc;
using haas::store::DaemonLock;
using haas::store::resolve_database;
using haas::test::TempFolder;
using Catch::Matchers::Contains;

namespace {

// A process that holds the lock until it is killed.
class Holder {
public:
    explicit Holder(const fs::path& database) {
        int ready[2];
        if (::pipe(ready) != 0) return;
        pid_ = ::fork();
        if (pid_ == 0) {
            const auto lock = DaemonLock::take(database);
            const char answer = lock ? 'y' : 'n';
            (void)!::write(ready[1], &answer, 1);
            while (true) ::pause();
        }
        ::close(ready[1]);
        char answer = 'n';
        holds_ = ::read(ready[0], &answer, 1) == 1 && answer == 'y';
        ::close(ready[0]);
    }
    ~Holder() { kill(); }
    void kill() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }
    bool holds() const { return holds_; }
    pid_t pid() const { return pid_; }

private:
    pid_t pid_ = -1;
    bool holds_ = false;
};

}  // namespace

TEST_CASE("a database held by another process is refused, with that process's pid") {
    const TempFolder folder;
    const fs::path database = folder / "haas.db";
    Holder holder(database);
    REQUIRE(holder.holds());

    const auto refused = DaemonLock::take(database);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::conflict);
    CHECK_THAT(refused.error().message, Contains(database.string()));
    CHECK_THAT(refused.error().message, Contains("pid " + std::to_string(holder.pid())));

    // The lock dies with its holder; the file that stays behind keeps nobody out.
    holder.kill();
    REQUIRE(fs::exists(folder / "haas.db.lock"));
    CHECK(DaemonLock::take(database));
}

TEST_CASE("a database held by this very process is refused, until it is let go") {
    const TempFolder folder;
    std::optional<DaemonLock> first;
    {
        auto taken = DaemonLock::take(folder / "haas.db");
        REQUIRE(taken);
        first.emplace(std::move(*taken));
    }
    const auto refused = DaemonLock::take(folder / "haas.db");
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message, Contains("pid " + std::to_string(::getpid())));
    first.reset();
    CHECK(DaemonLock::take(folder / "haas.db"));
}

TEST_CASE("the lock file is private whatever the umask, and no link is followed to it") {
    const TempFolder folder;
    const mode_t before = ::umask(0);
    CHECK(DaemonLock::take(folder / "open.db"));
    ::umask(0777);
    CHECK(DaemonLock::take(folder / "closed.db"));
    ::umask(before);
    CHECK(haas::test::mode_of(folder / "open.db.lock") == 0600);
    CHECK(haas::test::mode_of(folder / "closed.db.lock") == 0600);

    fs::create_symlink(folder / "elsewhere", folder / "linked.db.lock");
    CHECK_FALSE(DaemonLock::take(folder / "linked.db"));
    CHECK_FALSE(fs::exists(folder / "elsewhere"));
}

TEST_CASE("every path to a database resolves to the same file") {
    const TempFolder folder;
    fs::create_directories(folder / "real/sub");
    fs::create_directory_symlink(folder / "real", folder / "folder");
    fs::create_symlink("real/haas.db", folder / "to_file");      // relative, and dangling so far
    fs::create_symlink(folder / "to_file", folder / "to_link");  // absolute
    const fs::path expected = folder / "real/haas.db";

    const auto all_agree = [&] {
        for (const char* name : {"real/haas.db", "folder/haas.db", "real/sub/../haas.db", "to_file", "to_link"}) {
            INFO(name);
            const auto resolved = resolve_database(folder / name);
            REQUIRE(resolved);
            CHECK(*resolved == expected);
        }
    };
    all_agree();
    haas::test::write_file(expected, "");
    all_agree();
}

TEST_CASE("what cannot be a database is refused with a sentence") {
    const TempFolder folder;

    const auto missing = resolve_database(folder / "nowhere/haas.db");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == Errc::not_found);
    CHECK_THAT(missing.error().message, Contains((folder / "nowhere").string()) && Contains("does not exist"));

    const auto directory = resolve_database(folder.path());
    REQUIRE_FALSE(directory);
    CHECK_THAT(directory.error().message, Contains("no regular file"));
    CHECK_FALSE(resolve_database(folder.path() / ""));

    REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    CHECK_FALSE(resolve_database(folder / "pipe"));

    fs::create_symlink(folder / "b", folder / "a");
    fs::create_symlink(folder / "a", folder / "b");
    CHECK_FALSE(resolve_database(folder / "a"));

    haas::test::write_file(folder / "file", "");
    const auto below_file = resolve_database(folder / "file/haas.db");
    CHECK_FALSE(below_file);

    fs::create_hard_link(folder / "file", folder / "other_name");
    const auto two_names = resolve_database(folder / "file");
    REQUIRE_FALSE(two_names);
    CHECK_THAT(two_names.error().message, Contains("hard links"));
}

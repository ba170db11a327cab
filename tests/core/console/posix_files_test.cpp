#include "core/console/posix_files.hpp"

#include <filesystem>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "tests/core/store/file_size_limit.hpp"
#include "tests/core/store/temp_folder.hpp"

namespace fs = std::filesystem;
using namespace haas::console;
using Catch::Contains;
using haas::Errc;
using haas::test::mode_of;
using haas::test::TempFolder;

TEST_CASE("folders and files are the daemon's alone, whatever the umask and whatever was before") {
    const TempFolder folder;
    fs::create_directory(folder / "console");
    ::chmod((folder / "console").c_str(), 0755);
    const mode_t before = ::umask(0);
    const auto files = std::move(open_files(folder / "console").value());
    REQUIRE(files->make_folder("n1"));
    REQUIRE(files->open("n1/a", Files::Access::make));
    ::umask(before);
    CHECK(mode_of(folder / "console") == 0700);
    CHECK(mode_of(folder / "console/n1") == 0700);
    CHECK(mode_of(folder / "console/n1/a") == 0600);
    CHECK(mode_of(folder / "console/#lock") == 0600);
}

TEST_CASE("a missing root is made, one whose parent is missing is not") {
    const TempFolder folder;
    CHECK(open_files(folder / "new"));
    CHECK(mode_of(folder / "new") == 0700);
    const auto refused = open_files(folder / "no/new");
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message, Contains((folder / "no/new").string()) && Contains("No such file"));
}

TEST_CASE("one process has a root, until it lets go") {
    const TempFolder folder;
    {
        const auto first = open_files(folder / "console");
        const auto second = open_files(folder / "console");
        REQUIRE_FALSE(second);
        CHECK(second.error().code == Errc::conflict);
        CHECK_THAT(second.error().message, Contains((folder / "console").string()));
    }
    CHECK(open_files(folder / "console"));
}

TEST_CASE("files are written, read, shortened, renamed and removed") {
    const TempFolder folder;
    const auto files = std::move(open_files(folder / "console").value());
    REQUIRE(files->make_folder("n1"));
    REQUIRE(files->make_folder("n1"));
    {
        const auto file = std::move(files->open("n1/a", Files::Access::make).value());
        REQUIRE(write_all(*file, 0, "0123456789"));
        REQUIRE(write_all(*file, 5, "ABC"));
        CHECK(file->size().value() == 10);
        REQUIRE(file->truncate(9));
        REQUIRE(file->sync());
    }
    CHECK(haas::test::read_file(folder / "console/n1/a") == "01234ABC8");
    const auto file = std::move(files->open("n1/a", Files::Access::read).value());
    CHECK(read_all(*file, "n1/a", 100).value() == "01234ABC8");
    REQUIRE(files->rename("n1/a", "n1/b"));
    REQUIRE(files->sync_folder("n1"));
    REQUIRE(files->sync_folder(""));
    CHECK(files->list("n1").value() == std::vector<std::string>{"b"});
    CHECK(files->list("").value().size() == 2);  // and the lock
    CHECK_FALSE(files->remove_folder("n1"));
    REQUIRE(files->remove("n1/b"));
    REQUIRE(files->remove_folder("n1"));
    CHECK_FALSE(fs::exists(folder / "console/n1"));
}

TEST_CASE("what is not there is told apart from what fails, and links are not followed") {
    const TempFolder folder;
    const auto files = std::move(open_files(folder / "console").value());
    CHECK(files->open("n1/a", Files::Access::read).error().code == Errc::not_found);
    CHECK(files->list("n1").error().code == Errc::not_found);
    CHECK(files->remove("n1").error().code == Errc::not_found);
    REQUIRE(files->make_folder("n1"));
    haas::test::write_file(folder / "elsewhere", "secret");
    fs::create_symlink(folder / "elsewhere", folder / "console/n1/a");
    const auto followed = files->open("n1/a", Files::Access::read);
    REQUIRE_FALSE(followed);
    CHECK(followed.error().code == Errc::internal);
    fs::create_directory_symlink(folder.path(), folder / "console/n2");
    CHECK_FALSE(files->list("n2"));
}

TEST_CASE("a full disk is a sentence with the file's name") {
    const TempFolder folder;
    const auto files = std::move(open_files(folder / "console").value());
    REQUIRE(files->make_folder("n1"));
    const auto file = std::move(files->open("n1/a", Files::Access::make).value());
    {
        const haas::test::FileSizeLimit limit(1000);
        const auto full = write_all(*file, 0, std::string(2000, 'x'));
        REQUIRE_FALSE(full);
        CHECK(full.error().code == Errc::internal);
        CHECK_THAT(full.error().message, Contains((folder / "console/n1/a").string()) && Contains("File too large"));
    }
    CHECK(write_all(*file, 0, std::string(2000, 'x')));
}

TEST_CASE("everything is done once, however many there are, and before the call returns") {
    const TempFolder folder;
    const auto files = std::move(open_files(folder / "console").value());
    for (const std::size_t count : {0U, 1U, 3U, 4U, 16U, 500U}) {
        std::vector<int> done(count);
        files->each(count, [&](std::size_t i) { ++done[i]; });
        CHECK(done == std::vector<int>(count, 1));
    }
}

TEST_CASE("whether a folder can be used is found out without making it") {
    const haas::test::TempFolder folder;
    CHECK(check_files(folder / "console"));
    CHECK_FALSE(std::filesystem::exists(folder / "console"));
    std::filesystem::create_directory(folder / "there");
    CHECK(check_files(folder / "there"));
    std::ofstream(folder / "file") << "x";
    CHECK_FALSE(check_files(folder / "file"));
    CHECK_FALSE(check_files(folder / "nowhere" / "console"));
}

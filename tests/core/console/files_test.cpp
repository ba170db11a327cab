#include "core/console/files.hpp"

#include <random>

#include <catch2/catch.hpp>

#include "tests/core/console/faulty_files.hpp"

using namespace haas::console;

namespace {

std::string content(Files& files, const std::string& path) {
    return read_all(*files.open(path, Files::Access::read).value(), path, 1000).value();
}

}  // namespace

TEST_CASE("all is written by a file that takes little at a time") {
    FaultyFiles files;
    files.short_writes = true;
    REQUIRE(files.make_folder("n1"));
    const auto file = std::move(files.open("n1/a", Files::Access::make).value());
    REQUIRE(write_all(*file, 0, "0123456789"));
    REQUIRE(write_all(*file, 5, "ABCDEFGHIJ"));
    CHECK(content(files, "n1/a") == "01234ABCDEFGHIJ");
}

TEST_CASE("a file that is too long is refused whole") {
    FaultyFiles files;
    REQUIRE(files.make_folder("n1"));
    const auto file = std::move(files.open("n1/a", Files::Access::make).value());
    REQUIRE(write_all(*file, 0, "0123456789"));
    CHECK(read_all(*file, "n1/a", 10).value() == "0123456789");
    const auto refused = read_all(*file, "n1/a", 9);
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message, Catch::Contains("n1/a"));
}

TEST_CASE("a file that is replaced is the old or the new one, wherever the power goes") {
    std::mt19937 random(3);
    std::size_t old_ones = 0, new_ones = 0;
    for (std::size_t at = 0; at < 12; ++at) {
        for (int again = 0; again < 20; ++again) {
            FaultyFiles files;
            REQUIRE(files.make_folder("n1"));
            REQUIRE(files.sync_folder(""));
            REQUIRE(replace_file(files, "n1", "a", "old"));
            files.dies_at = files.changes() + at;
            const bool done = replace_file(files, "n1", "a", "new").has_value();
            const auto left = files.after_crash(again == 0 ? FaultyFiles::Survives::nothing : FaultyFiles::Survives::some, random);
            const std::string found = content(*left, "n1/a");
            if (done) CHECK(found == "new");
            CHECK((found == "old" || found == "new"));
            ++(found == "old" ? old_ones : new_ones);
        }
    }
    CHECK(old_ones > 0);
    CHECK(new_ones > 0);
}

TEST_CASE("a file that could not be replaced leaves no rest") {
    FaultyFiles files;
    REQUIRE(files.make_folder("n1"));
    REQUIRE(replace_file(files, "n1", "a", "old"));
    files.capacity = 4;
    CHECK_FALSE(replace_file(files, "n1", "a", "longer than what fits"));
    CHECK(content(files, "n1/a") == "old");
    CHECK(files.list("n1").value() == std::vector<std::string>{"a"});
}

TEST_CASE("where there is no folder everything is empty, and says why nothing can be made") {
    const auto files = no_files({haas::Errc::internal, "cannot make /x: Read-only file system", haas::Effect::none});
    CHECK(files->list("").value().empty());
    CHECK(files->list("n1").error().code == haas::Errc::not_found);
    CHECK(files->open("n1/a", Files::Access::read).error().code == haas::Errc::not_found);
    CHECK(files->open("n1/a", Files::Access::make).error().message == "cannot make /x: Read-only file system");
    CHECK_FALSE(files->make_folder("n1"));
    CHECK(files->rename("n1", "n2").error().code == haas::Errc::not_found);
    CHECK(files->remove("n1/a"));
}

#include "core/store/private_file.hpp"

#include <catch2/catch.hpp>
#include <unistd.h>

#include "tests/core/store/child.hpp"
#include "tests/core/store/temp_folder.hpp"

namespace fs = std::filesystem;
using haas::Errc;
using haas::store::make_private_file;
using haas::store::read_private_file;
using haas::test::TempFolder;
using Catch::Matchers::Contains;

TEST_CASE("a private file is made whole, once, 0600 whatever the umask, and nothing is left beside it") {
    for (const mode_t mask : {mode_t{0}, mode_t{0777}}) {
        const TempFolder folder;
        const mode_t before = ::umask(mask);
        const auto made = make_private_file(folder / "key", "the key file", "content\n");
        ::umask(before);
        REQUIRE(made);
        CHECK(haas::test::mode_of(folder / "key") == 0600);
        CHECK(read_private_file(folder / "key", "the key file", 100).value().reveal() == "content\n");

        const auto again = make_private_file(folder / "key", "the key file", "other");
        REQUIRE_FALSE(again);
        CHECK(again.error().code == Errc::duplicate);
        CHECK(haas::test::snapshot(folder.path()) == std::map<std::string, std::string>{{"key", "content\n"}});
    }
}

TEST_CASE("no link is written through, a good one is read through") {
    const TempFolder folder;
    fs::create_symlink(folder / "elsewhere", folder / "link");
    CHECK(make_private_file(folder / "link", "the key file", "x").error().code == Errc::duplicate);
    CHECK_FALSE(fs::exists(folder / "elsewhere"));
    const auto dangling = read_private_file(folder / "link", "the key file", 100);
    REQUIRE_FALSE(dangling);
    CHECK(dangling.error().code == Errc::invalid);
    CHECK_THAT(dangling.error().message, Contains("link to nothing"));
    haas::test::write_file(folder / "elsewhere", "y");
    CHECK(read_private_file(folder / "link", "the key file", 100).value().reveal() == "y");
}

TEST_CASE("a file that others may use or that is no file is refused with the cure") {
    const TempFolder folder;
    const auto refusal = [&](const char* name) {
        const auto read = read_private_file(folder / name, "the key file", 100);
        REQUIRE_FALSE(read);
        CHECK_THAT(read.error().message, Contains("the key file " + (folder / name).string()));
        return read.error();
    };
    for (const mode_t mode : {mode_t{0640}, mode_t{0604}, mode_t{0601}, mode_t{0620}}) {
        haas::test::write_file(folder / "open", "x", mode);
        const auto error = refusal("open");
        CHECK(error.code == Errc::invalid);
        CHECK_THAT(error.message, Contains("chmod 600"));
    }
    CHECK(refusal("missing").code == Errc::not_found);
    REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    CHECK_THAT(refusal("pipe").message, Contains("no regular file"));
    fs::create_directory(folder / "folder");
    CHECK_THAT(refusal("folder").message, Contains("no regular file"));
}

TEST_CASE("a file of another user is refused with the cure") {
    if (::geteuid() != 0) {
        SUCCEED("only root can give a file away");
        return;
    }
    const TempFolder folder;
    haas::test::write_file(folder / "key", "x");
    REQUIRE(::chown((folder / "key").c_str(), 65534, 65534) == 0);
    const auto read = read_private_file(folder / "key", "the key file", 100);
    REQUIRE_FALSE(read);
    CHECK_THAT(read.error().message, Contains("user id 65534") && Contains("chown 0"));
}

TEST_CASE("no more than a byte too many is read") {
    const TempFolder folder;
    haas::test::write_file(folder / "big", std::string(100'000, 'x'));
    CHECK(read_private_file(folder / "big", "the key file", 10).value().reveal() == std::string(11, 'x'));
}

TEST_CASE("a folder that is missing or closed is named") {
    const TempFolder folder;
    const auto missing = make_private_file(folder / "no/key", "the key file", "x");
    REQUIRE_FALSE(missing);
    CHECK_THAT(missing.error().message, Contains((folder / "no/key").string()) && Contains("No such file"));
    fs::permissions(folder.path(), fs::perms(0755));
    fs::create_directory(folder / "closed");
    fs::permissions(folder / "closed", fs::perms(0555));
    CHECK(haas::test::in_child([&] {
              // root may write everywhere: the child becomes nobody.
              if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) return false;
              const auto made = make_private_file(folder / "closed/key", "the key file", "x");
              return !made && made.error().message.find("Permission denied") != std::string::npos;
          }) == 0);
}

#include "core/base/private_file.hpp"

#include <catch2/catch.hpp>
#include <unistd.h>

#include "tests/core/store/child.hpp"
#include "tests/core/store/temp_folder.hpp"

namespace fs = std::filesystem;
using haas::Errc;
using haas::make_private_file;
using haas::PrivateFile;
using haas::read_private_file;
using haas::test::TempFolder;
using haas::test::write_file;
using Catch::Matchers::Contains;

namespace {

PrivateFile key_file(const fs::path& path, std::size_t longest = 100) {
    return {.path = path, .kind = "the key file", .longest = longest};
}

}  // namespace

TEST_CASE("a private file is made whole, once, 0600 whatever the umask, and nothing is left beside it") {
    for (const mode_t mask : {mode_t{0}, mode_t{0777}}) {
        const TempFolder folder;
        const mode_t before = ::umask(mask);
        const auto made = make_private_file(key_file(folder / "key"), "content\n");
        ::umask(before);
        REQUIRE(made);
        CHECK(haas::test::mode_of(folder / "key") == 0600);
        CHECK(read_private_file(key_file(folder / "key", 100)).value().reveal() == "content\n");

        const auto again = make_private_file(key_file(folder / "key"), "other");
        REQUIRE_FALSE(again);
        CHECK(again.error().code == Errc::duplicate);
        CHECK(haas::test::snapshot(folder.path()) == std::map<std::string, std::string>{{"key", "content\n"}});
    }
}

TEST_CASE("no link is written through, a good one is read through") {
    const TempFolder folder;
    fs::create_symlink(folder / "elsewhere", folder / "link");
    CHECK(make_private_file(key_file(folder / "link"), "x").error().code == Errc::duplicate);
    CHECK_FALSE(fs::exists(folder / "elsewhere"));
    const auto dangling = read_private_file(key_file(folder / "link", 100));
    REQUIRE_FALSE(dangling);
    CHECK(dangling.error().code == Errc::invalid);
    CHECK_THAT(dangling.error().message, Contains("link to nothing"));
    haas::test::write_file(folder / "elsewhere", "y");
    CHECK(read_private_file(key_file(folder / "link", 100)).value().reveal() == "y");
}

TEST_CASE("a file that others may use or that is no file is refused with the cure") {
    const TempFolder folder;
    const auto refusal = [&](const char* name) {
        const auto read = read_private_file(key_file(folder / name, 100));
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
    const auto read = read_private_file(key_file(folder / "key", 100));
    REQUIRE_FALSE(read);
    CHECK_THAT(read.error().message, Contains("user id 65534") && Contains("chown 0"));
}

TEST_CASE("a folder that is missing or closed is named") {
    const TempFolder folder;
    const auto missing = make_private_file(key_file(folder / "no/key"), "x");
    REQUIRE_FALSE(missing);
    CHECK_THAT(missing.error().message, Contains((folder / "no/key").string()) && Contains("No such file"));
    fs::permissions(folder.path(), fs::perms(0755));
    fs::create_directory(folder / "closed");
    fs::permissions(folder / "closed", fs::perms(0555));
    CHECK(haas::test::in_child([&] {
              // root may write everywhere: the child becomes nobody.
              if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) return false;
              const auto made = make_private_file(key_file(folder / "closed/key"), "x");
              return !made && made.error().message.find("Permission denied") != std::string::npos;
          }) == 0);
}

TEST_CASE("the modes that a private file must not have are the caller's") {
    const TempFolder folder;
    const PrivateFile file{folder / "users", "the users file", 037, "640", 100};
    for (const mode_t good : {mode_t{0600}, mode_t{0640}, mode_t{0400}, mode_t{0440}}) {
        write_file(file.path, "secret", good);
        CHECK(read_private_file(file).value().reveal() == "secret");
    }
    for (const mode_t bad : {mode_t{0660}, mode_t{0644}, mode_t{0650}, mode_t{0641}, mode_t{0642}}) {
        write_file(file.path, "secret", bad);
        const auto content = read_private_file(file);
        REQUIRE_FALSE(content);
        CHECK(content.error().code == Errc::invalid);
        CHECK_THAT(content.error().message, Contains("the users file") && Contains("chmod 640 " + file.path.string()));
    }
}

TEST_CASE("a private file has a length that it must not exceed, its last newline aside") {
    const TempFolder folder;
    const PrivateFile file{folder / "users", "the users file", 037, "640", 10};
    for (const std::string& content : {std::string(), std::string(10, 'a'), std::string(10, 'a') + "\n", std::string("\n")}) {
        write_file(file.path, content);
        CHECK(read_private_file(file).value().reveal() == content);
    }
    for (const std::string& content : {std::string(11, 'a'), std::string(10, 'a') + "\n\n", std::string(100'000, 'a')}) {
        write_file(file.path, content);
        CHECK_THAT(read_private_file(file).error().message, Contains("more than 10 bytes"));
    }
}

TEST_CASE("a file that is not there is told apart from one that cannot be read") {
    const TempFolder folder;
    const auto missing = read_private_file({folder / "users", "the users file", 037, "640", 10});
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == Errc::not_found);
    CHECK_THAT(missing.error().message, Contains("there is no users file " + (folder / "users").string()));
}

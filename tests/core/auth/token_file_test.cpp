#include "core/auth/token_file.hpp"

#include <csignal>
#include <set>

#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/core/store/child.hpp"
#include "tests/core/store/temp_folder.hpp"

namespace fs = std::filesystem;
using haas::Errc;
using haas::auth::make_token_file;
using haas::auth::read_token_file;
using haas::test::TempFolder;
using haas::test::write_file;
using Catch::Matchers::Contains;

namespace {

const std::string token = "0123456789abcdef";

// The sentence with which a file of this content is refused.
std::string refusal(const fs::path& file, const std::string& content, mode_t mode = 0600) {
    write_file(file, content, mode);
    const auto read = read_token_file(file);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Errc::invalid);
    CHECK_THAT(read.error().message, Contains(file.string()));
    // Errors are logged and shown: nothing of the content may stand in them.
    if (content.size() >= 8) CHECK_THAT(read.error().message, !Contains(content.substr(0, 8)));
    return read.error().message;
}

}  // namespace

TEST_CASE("a token is one line, with or without a newline at its end") {
    const TempFolder folder;
    const fs::path file = folder / "token";
    for (const std::string& line : {token, std::string("four words and spaces"),
                                    std::string("!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~"), std::string(1024, 'k')}) {
        write_file(file, line);
        CHECK(read_token_file(file).value().reveal() == line);
        write_file(file, line + "\n");
        CHECK(read_token_file(file).value().reveal() == line);
    }
    write_file(file, token, 0400);
    CHECK(read_token_file(file));
}

TEST_CASE("what is no token is refused by name") {
    const TempFolder folder;
    const fs::path file = folder / "token";
    CHECK_THAT(refusal(file, ""), Contains("empty"));
    CHECK_THAT(refusal(file, "\n"), Contains("empty"));
    CHECK_THAT(refusal(file, token + "\n" + token + "\n"), Contains("several lines"));
    CHECK_THAT(refusal(file, token + "\n\n"), Contains("several lines"));
    CHECK_THAT(refusal(file, "\n" + token), Contains("several lines"));
    CHECK_THAT(refusal(file, token.substr(1)), Contains("15") && Contains("16"));
    CHECK_THAT(refusal(file, token + "\r\n"), Contains("carriage return"));
    CHECK_THAT(refusal(file, "ab\tcdefghijklmnopq"), Contains("0x09") && Contains("byte 3"));
    CHECK_THAT(refusal(file, token + std::string(1, '\0')), Contains("0x00") && Contains("byte 17"));
    CHECK_THAT(refusal(file, token + "\x7f"), Contains("0x7f"));
    CHECK_THAT(refusal(file, "\xef\xbb\xbf" + token), Contains("not ASCII") && Contains("byte 1"));
    CHECK_THAT(refusal(file, " " + token), Contains("space"));
    CHECK_THAT(refusal(file, token + " \n"), Contains("space"));
    CHECK_THAT(refusal(file, std::string(1025, 'k') + "\n"), Contains("more than 1024"));
    CHECK_THAT(refusal(file, std::string(1 << 20, 'k')), Contains("more than 1024"));
}

TEST_CASE("a token that others may read or write is refused with the cure") {
    const TempFolder folder;
    const fs::path file = folder / "token";
    for (const mode_t mode : {mode_t{0640}, mode_t{0604}, mode_t{0620}, mode_t{0666}, mode_t{0601}, mode_t{0777}}) {
        CHECK_THAT(refusal(file, token, mode), Contains("chmod 600 " + file.string()));
    }
}

TEST_CASE("a token that belongs to somebody else is refused, also to root") {
    // Only root can give a file away; to anybody else, a private file of another user cannot even be opened.
    const TempFolder folder;
    const fs::path file = folder / "token";
    write_file(file, token);
    if (::geteuid() == 0) {
        REQUIRE(::chown(file.c_str(), 65534, 65534) == 0);
        CHECK_THAT(refusal(file, token), Contains("65534") && Contains("chown 0 " + file.string()));
    } else {
        REQUIRE(::chmod(file.c_str(), 0000) == 0);
        CHECK_THAT(read_token_file(file).error().message, Contains("Permission denied"));
    }
}

TEST_CASE("a link to a good file is followed, its target's faults count, and none is written through") {
    const TempFolder folder;
    const fs::path link = folder / "link";
    fs::create_symlink("target", link);

    const auto dangling = read_token_file(link);
    REQUIRE_FALSE(dangling);
    CHECK(dangling.error().code == Errc::invalid);
    CHECK_THAT(dangling.error().message, Contains("symbolic link to nothing"));
    CHECK(make_token_file(link).error().code == Errc::duplicate);
    CHECK_FALSE(fs::exists(folder / "target"));

    write_file(folder / "target", token);
    CHECK(read_token_file(link).value().reveal() == token);
    fs::permissions(folder / "target", fs::perms(0644));
    CHECK_FALSE(read_token_file(link));
}

TEST_CASE("what is no regular file is refused, and never waited for") {
    const TempFolder folder;
    REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    CHECK_THAT(read_token_file(folder / "pipe").error().message, Contains("no regular file"));
    fs::create_directory(folder / "folder");
    CHECK_THAT(read_token_file(folder / "folder").error().message, Contains("no regular file"));
    CHECK_THAT(read_token_file("/dev/zero").error().message, Contains("no regular file"));
}

TEST_CASE("a new token is random, private whatever the umask, and good to read") {
    const TempFolder folder;
    std::set<std::string> seen;
    for (const mode_t mask : {mode_t{0}, mode_t{022}, mode_t{0777}}) {
        const fs::path file = folder / std::to_string(mask);
        CHECK(read_token_file(file).error().code == Errc::not_found);
        const mode_t before = ::umask(mask);
        const auto made = make_token_file(file);
        ::umask(before);
        REQUIRE(made);
        CHECK(haas::test::mode_of(file) == 0600);
        const std::string line(made->reveal());
        CHECK(line.size() == 32);
        CHECK(line.find_first_not_of("0123456789abcdef") == std::string::npos);
        CHECK(haas::test::read_file(file) == line + "\n");
        CHECK(read_token_file(file).value().reveal() == line);
        CHECK(seen.insert(line).second);
        // What is there is never overwritten.
        CHECK(make_token_file(file).error().code == Errc::duplicate);
        CHECK(haas::test::read_file(file) == line + "\n");
    }
}

TEST_CASE("a token that cannot be written leaves no half of it behind") {
    const TempFolder folder;
    const auto nowhere = make_token_file(folder / "missing/token");
    REQUIRE_FALSE(nowhere);
    CHECK_THAT(nowhere.error().message, Contains("missing/token") && Contains("No such file or directory"));

    // In a child: no file may grow beyond ten bytes, as on a full disk.
    CHECK(haas::test::in_child([&] {
              ::signal(SIGXFSZ, SIG_IGN);
              const rlimit ten{10, 10};
              ::setrlimit(RLIMIT_FSIZE, &ten);
              const auto made = make_token_file(folder / "token");
              return !made && made.error().message.find("File too large") != std::string::npos;
          }) == 0);
    CHECK_FALSE(fs::exists(folder / "token"));
}

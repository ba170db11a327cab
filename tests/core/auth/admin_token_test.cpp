#include "core/auth/admin_token.hpp"

#include <functional>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "tests/core/store/child.hpp"
#include "tests/core/store/temp_folder.hpp"

namespace fs = std::filesystem;
using haas::auth::AdminToken;
using haas::test::snapshot;
using haas::test::TempFolder;
using haas::test::write_file;
using Catch::Matchers::Contains;

namespace {

const std::string token = "0123456789abcdef";

// What stderr gets while `body` runs in a process of its own.
std::string logged(const std::function<bool()>& body) {
    const TempFolder folder;
    const fs::path file = folder / "stderr";
    const int status =
        haas::test::in_child([&] { return std::freopen(file.c_str(), "w", stderr) != nullptr && body(); });
    CHECK(status == 0);
    return haas::test::read_file(file);
}

}  // namespace

TEST_CASE("the admin token is the line of its file, and nothing near it") {
    const TempFolder folder;
    write_file(folder / "token", token + "\n");
    const auto admin = AdminToken::open(folder / "token").value();
    CHECK(admin.is(token));
    for (std::size_t size = 0; size < token.size(); ++size) CHECK_FALSE(admin.is(token.substr(0, size)));
    for (std::size_t at = 0; at < token.size(); ++at) {
        for (int byte = 0; byte < 256; ++byte) {
            std::string guess = token;
            guess[at] = static_cast<char>(byte);
            REQUIRE(admin.is(guess) == (guess == token));
        }
    }
    for (const std::string& guess : {token + "\n", token + " ", token + std::string(1, '\0'), " " + token, token + token}) {
        CHECK_FALSE(admin.is(guess));
    }
}

TEST_CASE("a missing token file is made once, its path is logged and its content is not") {
    const TempFolder folder;
    const fs::path file = folder / "admin.token";
    const std::string log = logged([&] { return AdminToken::open(file).has_value(); });
    std::string line = haas::test::read_file(file);
    REQUIRE(line.size() == 33);
    line.pop_back();
    CHECK_THAT(log, Contains(file.string()));
    CHECK_THAT(log, !Contains(line));

    const auto again = AdminToken::open(file);
    REQUIRE(again);
    CHECK(again->is(line));
    CHECK_FALSE(again->is(token));
    CHECK(haas::test::read_file(file) == line + "\n");
}

TEST_CASE("a bad token file is refused, not replaced") {
    const TempFolder folder;
    write_file(folder / "token", "short");
    CHECK_FALSE(AdminToken::open(folder / "token"));
    CHECK(haas::test::read_file(folder / "token") == "short");
    CHECK_FALSE(AdminToken::open(folder / "missing/token"));
}

TEST_CASE("a check says what the start would say, and makes nothing") {
    const TempFolder folder;
    write_file(folder / "good", token);
    write_file(folder / "open", token, 0644);
    write_file(folder / "short", "short");
    const auto before = snapshot(folder.path());
    CHECK(AdminToken::check(folder / "good"));
    CHECK(AdminToken::check(folder / "new"));
    CHECK_THAT(AdminToken::check(folder / "open").error().message, Contains("chmod 600"));
    CHECK_THAT(AdminToken::check(folder / "short").error().message, Contains("16 or more"));
    CHECK_THAT(AdminToken::check(folder / "missing/token").error().message, Contains("No such file or directory"));
    CHECK(snapshot(folder.path()) == before);

    // A folder that an ordinary user may not write.
    fs::permissions(folder.path(), fs::perms(0555));
    CHECK(haas::test::in_child([&] {
              if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) return false;
              const auto verdict = AdminToken::check(folder / "new");
              return !verdict && verdict.error().message.find("Permission denied") != std::string::npos;
          }) == 0);
    fs::permissions(folder.path(), fs::perms(0755));
}

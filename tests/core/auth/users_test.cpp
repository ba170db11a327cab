#include "core/auth/users.hpp"

#include <catch2/catch.hpp>

#include "tests/core/store/temp_folder.hpp"

namespace fs = std::filesystem;
using haas::Errc;
using haas::Rights;
using haas::auth::read_users;
using haas::auth::User;
using haas::test::TempFolder;
using haas::test::write_file;
using Catch::Matchers::Contains;

namespace {

// mkpasswd 5.5.17 -m yescrypt -R 1
const std::string hash = "$y$j75$dl8iVbwPIXVG3RDJcJCNi0$Nvz1MLy/hllFqm5kfVkZaKHMaDpB/4JiidGRqjsFxl1";

std::vector<User> users_of(const std::string& content) {
    const TempFolder folder;
    write_file(folder / "users", content);
    auto users = read_users(folder / "users");
    if (!users) FAIL(users.error().message);
    return std::move(*users);
}

std::string refusal(const std::string& content) {
    const TempFolder folder;
    write_file(folder / "users", content);
    const auto users = read_users(folder / "users");
    REQUIRE_FALSE(users);
    CHECK(users.error().code == Errc::invalid);
    CHECK_THAT(users.error().message, Contains((folder / "users").string()));
    CHECK_THAT(users.error().message, !Contains(hash.substr(8, 8)));
    return users.error().message;
}

}  // namespace

TEST_CASE("a users file has one user a line") {
    const auto users = users_of("# who may do what\n"
                                "\n"
                                "alice:" + hash + ":admin\n"
                                "bob:" + hash + ":operator:rack1-*,gw[1-2]\n"
                                "  \n"
                                "Jane Doe, Ops:*:viewer\n"
                                "m\xc3\xbcller@example.org:" + hash + ":viewer:*\n"
                                "colons:" + hash + ":viewer:n:1,n:2");
    REQUIRE(users.size() == 5);
    CHECK(users[0].name == "alice");
    CHECK(users[0].hash == hash);
    CHECK(users[0].role.administers);
    CHECK(users[0].nodes == nullptr);
    CHECK(users[0].line == "alice:" + hash + ":admin");
    CHECK(users[1].role.rights == Rights::all());
    CHECK_FALSE(users[1].role.administers);
    REQUIRE(users[1].nodes);
    CHECK(users[1].nodes->match("rack1-n1"));
    CHECK(users[1].nodes->match("gw2"));
    CHECK_FALSE(users[1].nodes->match("gw3"));
    CHECK(users[2].name == "Jane Doe, Ops");
    CHECK(users[2].hash.empty());
    CHECK(users[3].name == "m\xc3\xbcller@example.org");
    CHECK(users[3].nodes == nullptr);
    CHECK(users[4].nodes->match("n:2"));
    CHECK(users_of("").empty());
    CHECK(users_of("# nobody yet\n").empty());
}

TEST_CASE("what is wrong in a users file is said with its line") {
    const std::string good = "alice:" + hash + ":admin\n";
    CHECK_THAT(refusal(good + "bob\n"), Contains("line 2") && Contains("name:hash:role"));
    CHECK_THAT(refusal(good + "bob:" + hash + "\n"), Contains("line 2") && Contains("name:hash:role"));
    CHECK_THAT(refusal(good + "\n# x\nbob:" + hash + ":root\n"),
               Contains("line 4") && Contains("user bob") && Contains("viewer, operator or admin"));
    CHECK_THAT(refusal("bob:" + hash + ":Admin"), Contains("viewer, operator or admin"));
    CHECK_THAT(refusal("bob:" + hash + ":viewer:n[1"), Contains("user bob") && Contains("[ without a ]"));
    CHECK_THAT(refusal("bob:" + hash + ":viewer:"), Contains("user bob") && Contains("empty"));
    CHECK_THAT(refusal("bob:hunter2:viewer"), Contains("--hash-password") && !Contains("hunter2"));
    CHECK_THAT(refusal("bob::viewer"), Contains("--hash-password"));
    CHECK_THAT(refusal("bob:$1$wXsILiFR$vBqBRU/r.1l6WM1g4A28R.:viewer"), Contains("strong enough"));
    CHECK_THAT(refusal(":" + hash + ":viewer"), Contains("no name"));
    CHECK_THAT(refusal(" bob:" + hash + ":viewer"), Contains("space"));
    CHECK_THAT(refusal("b\tb:" + hash + ":viewer"), Contains("control character"));
    CHECK_THAT(refusal(std::string(256, 'b') + ":" + hash + ":viewer"), Contains("255"));
    CHECK_THAT(refusal("admin:" + hash + ":viewer"), Contains("admin token"));
    CHECK_THAT(refusal("anonymous:" + hash + ":viewer"), Contains("anonymous"));
    CHECK_THAT(refusal(good + good), Contains("line 2") && Contains("already") && Contains("line 1"));
    CHECK_THAT(refusal("alice:" + hash + ":admin\r\n"), Contains("line 1") && Contains("carriage return"));
}

TEST_CASE("a users file that others may read or write is refused with the cure") {
    const TempFolder folder;
    const std::string good = "alice:" + hash + ":admin\n";
    write_file(folder / "users", good, 0640);
    CHECK(read_users(folder / "users"));
    for (const mode_t mode : {mode_t{0644}, mode_t{0660}, mode_t{0666}}) {
        write_file(folder / "users", good, mode);
        CHECK_THAT(read_users(folder / "users").error().message, Contains("the users file") && Contains("chmod 640"));
    }
    CHECK(read_users(folder / "missing").error().code == Errc::not_found);
}

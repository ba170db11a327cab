#include "core/auth/authenticator.hpp"

#include <random>
#include <set>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "tests/core/store/child.hpp"
#include "tests/core/store/temp_folder.hpp"

namespace fs = std::filesystem;
using haas::Errc;
using haas::auth::Authenticator;
using haas::auth::check_admin_token_file;
using haas::test::snapshot;
using haas::test::TempFolder;
using haas::test::write_file;
using Catch::Matchers::Contains;

namespace {

const std::string token = "0123456789abcdef";
// printf %s 'admin:0123456789abcdef' | base64
const std::string pair = "YWRtaW46MDEyMzQ1Njc4OWFiY2RlZg==";

Authenticator with_token(const std::string& line) {
    const TempFolder folder;
    write_file(folder / "token", line + "\n");
    return std::move(Authenticator::with_admin_token(folder / "token").value());
}

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

TEST_CASE("open to all: everybody is anonymous, whatever they send") {
    const auto open = Authenticator::open_to_all();
    for (const char* header : {"", "Basic !!!", "Bearer x", "nonsense"}) {
        CHECK(open.authenticate(header).value().name == "anonymous");
    }
}

TEST_CASE("the admin token is accepted as Basic and as Bearer") {
    const auto auth = with_token(token);
    for (const std::string& header : {"Basic " + pair, "basic " + pair, "BASIC " + pair, "bAsIc    " + pair,
                                      "Bearer " + token, "bearer " + token, "BEARER  " + token}) {
        INFO(header);
        const auto who = auth.authenticate(header);
        REQUIRE(who);
        CHECK(who->name == "admin");
    }
}

TEST_CASE("a token with colons or spaces is accepted") {
    // printf %s 'admin:correct-horse:battery:staple' | base64
    CHECK(with_token("correct-horse:battery:staple")
              .authenticate("Basic YWRtaW46Y29ycmVjdC1ob3JzZTpiYXR0ZXJ5OnN0YXBsZQ=="));
    CHECK(with_token("correct horse battery").authenticate("Bearer correct horse battery"));
}

TEST_CASE("the longest token is accepted") {
    const std::string longest(1024, '0');
    // printf admin: | base64; printf 000 | base64; printf 0 | base64
    std::string basic = "Basic YWRtaW46";
    for (int i = 0; i < 341; ++i) basic += "MDAw";
    CHECK(with_token(longest).authenticate(basic + "MA=="));
    CHECK(with_token(longest).authenticate("Bearer " + longest));
    CHECK_FALSE(with_token(longest).authenticate("Bearer " + longest + "0"));
}

TEST_CASE("all wrong credentials get one and the same answer") {
    const auto auth = with_token(token);
    const std::string nul(1, '\0');
    std::set<std::string> answers;
    for (const std::string& header : {
             std::string(" "),
             std::string("Basic"),
             std::string("Basic "),
             std::string("Bearer"),
             std::string("Bearer      "),
             "Basic" + pair,
             " Basic " + pair,
             "Basic\t" + pair,
             "Basic " + pair + " ",
             "Basic " + pair + "=",
             "Basic " + pair.substr(0, pair.size() - 1),
             "Basic " + pair.substr(0, pair.size() - 2),
             "Basic =" + pair,
             "Basic " + pair + "," + pair,
             "Basic " + pair + nul,
             nul + "Basic " + pair,
             "Basic " + token,                                       // not base64
             std::string("Basic YWRtaW46"),                          // admin:
             std::string("Basic QWRtaW46MDEyMzQ1Njc4OWFiY2RlZg=="),  // Admin:0123456789abcdef
             std::string("Basic OjAxMjM0NTY3ODlhYmNkZWY="),          // :0123456789abcdef
             std::string("Basic YWRtaW4wMTIzNDU2Nzg5YWJjZGVm"),      // admin0123456789abcdef
             std::string("Basic YWRtaW46MDEyMzQ1Njc4OWFiY2RlZw=="),  // admin:0123456789abcdeg
             std::string("Basic YWRtaW46MDEyMzQ1Njc4OWFiY2RlZgA="),  // admin:0123456789abcdef\0
             std::string("Basic YWRtaW4AOjAxMjM0NTY3ODlhYmNkZWY="),  // admin\0:0123456789abcdef
             "Bearer " + pair,
             "Bearer " + token + " ",
             "Bearer " + token + "0",
             "Bearer " + token.substr(1),
             "Bearer " + token + nul,
             "Bearer\t" + token,
             "Bearer" + token,
             "Bearer:" + token,
             "Token " + token,
             "Digest " + token,
             token,
             pair,
             "Basic " + std::string(std::size_t{1} << 20, 'A'),
             "Bearer " + std::string(std::size_t{1} << 20, ' ') + token,
             "Bearer " + std::string(std::size_t{1} << 20, 'A'),
             std::string(std::size_t{1} << 20, 'A'),
         }) {
        INFO(header.substr(0, 80));
        const auto who = auth.authenticate(header);
        REQUIRE_FALSE(who);
        CHECK(who.error().code == Errc::unauthenticated);
        answers.insert(who.error().message);
    }
    CHECK(answers.size() == 1);
    CHECK_THAT(*answers.begin(), !Contains(token));

    const auto nothing = auth.authenticate("");
    REQUIRE_FALSE(nothing);
    CHECK(nothing.error().code == Errc::unauthenticated);
    CHECK_THAT(nothing.error().message, Contains("needs credentials"));
}

TEST_CASE("no change of one byte of a good header is accepted, but of the scheme's case") {
    const auto auth = with_token(token);
    for (const std::string& good : {"Basic " + pair, "Bearer " + token}) {
        const std::size_t scheme = good.find(' ');
        for (std::size_t at = 0; at < good.size(); ++at) {
            for (int byte = 0; byte < 256; ++byte) {
                std::string header = good;
                header[at] = static_cast<char>(byte);
                const bool only_case = at < scheme && (byte ^ good[at]) == 0x20;
                INFO(good << ' ' << at << ' ' << byte);
                REQUIRE(auth.authenticate(header).has_value() == (header == good || only_case));
            }
        }
        for (std::size_t size = 0; size < good.size(); ++size) CHECK_FALSE(auth.authenticate(good.substr(0, size)));
    }
}

TEST_CASE("random bytes are never accepted") {
    const auto auth = with_token(token);
    std::mt19937 random(7617);
    for (int i = 0; i < 20'000; ++i) {
        std::string header = i % 3 == 0 ? "" : i % 3 == 1 ? "Basic " : "Bearer ";
        const auto length = std::uniform_int_distribution<std::size_t>(0, 60)(random);
        for (std::size_t k = 0; k < length; ++k) header += static_cast<char>(random() & 0xffU);
        REQUIRE_FALSE(auth.authenticate(header));
    }
}

TEST_CASE("a missing token file is made once, its path is logged and its content is not") {
    const TempFolder folder;
    const fs::path file = folder / "admin.token";
    const std::string log = logged([&] { return Authenticator::with_admin_token(file).has_value(); });
    std::string line = haas::test::read_file(file);
    REQUIRE(line.size() == 33);
    line.pop_back();
    CHECK_THAT(log, Contains(file.string()));
    CHECK_THAT(log, !Contains(line));

    const auto again = Authenticator::with_admin_token(file);
    REQUIRE(again);
    CHECK(again->authenticate("Bearer " + line));
    CHECK_FALSE(again->authenticate("Bearer " + token));
    CHECK(haas::test::read_file(file) == line + "\n");
}

TEST_CASE("a bad token file is refused, not replaced") {
    const TempFolder folder;
    write_file(folder / "token", "short");
    CHECK_FALSE(Authenticator::with_admin_token(folder / "token"));
    CHECK(haas::test::read_file(folder / "token") == "short");
    CHECK_FALSE(Authenticator::with_admin_token(folder / "missing/token"));
}

TEST_CASE("a check says what the start would say, and makes nothing") {
    const TempFolder folder;
    write_file(folder / "good", token);
    write_file(folder / "open", token, 0644);
    write_file(folder / "short", "short");
    const auto before = snapshot(folder.path());
    CHECK(check_admin_token_file(folder / "good"));
    CHECK(check_admin_token_file(folder / "new"));
    CHECK_THAT(check_admin_token_file(folder / "open").error().message, Contains("chmod 600"));
    CHECK_THAT(check_admin_token_file(folder / "short").error().message, Contains("16 or more"));
    CHECK_THAT(check_admin_token_file(folder / "missing/token").error().message, Contains("No such file or directory"));
    CHECK(snapshot(folder.path()) == before);

    // A folder that an ordinary user may not write.
    fs::permissions(folder.path(), fs::perms(0555));
    CHECK(haas::test::in_child([&] {
              if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) return false;
              const auto verdict = check_admin_token_file(folder / "new");
              return !verdict && verdict.error().message.find("Permission denied") != std::string::npos;
          }) == 0);
    fs::permissions(folder.path(), fs::perms(0755));
}

#include "core/auth/private_file.hpp"

#include <catch2/catch.hpp>

#include "tests/core/store/temp_folder.hpp"

using haas::Errc;
using haas::auth::PrivateFile;
using haas::auth::read;
using haas::test::TempFolder;
using haas::test::write_file;
using Catch::Matchers::Contains;

// Owner, links and what is no file are tested by token_file_test.cpp, on the file that matters most.

TEST_CASE("the modes that a private file must not have are the caller's") {
    const TempFolder folder;
    const PrivateFile file{folder / "users", "the users file", 037, "640", 100};
    for (const mode_t good : {mode_t{0600}, mode_t{0640}, mode_t{0400}, mode_t{0440}}) {
        write_file(file.path, "secret", good);
        CHECK(read(file).value().reveal() == "secret");
    }
    for (const mode_t bad : {mode_t{0660}, mode_t{0644}, mode_t{0650}, mode_t{0641}, mode_t{0642}}) {
        write_file(file.path, "secret", bad);
        const auto content = read(file);
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
        CHECK(read(file).value().reveal() == content);
    }
    for (const std::string& content : {std::string(11, 'a'), std::string(10, 'a') + "\n\n", std::string(100'000, 'a')}) {
        write_file(file.path, content);
        CHECK_THAT(read(file).error().message, Contains("more than 10 bytes"));
    }
}

TEST_CASE("a file that is not there is told apart from one that cannot be read") {
    const TempFolder folder;
    const auto missing = read({folder / "users", "the users file", 037, "640", 10});
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == Errc::not_found);
    CHECK_THAT(missing.error().message, Contains("there is no users file " + (folder / "users").string()));
}

#include "core/base/secret.hpp"

#include <type_traits>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using haas::Secret;

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string_view>);
static_assert(!fmt::is_formattable<Secret>::value, "a secret must not be printable");

TEST_CASE("a secret compares by value") {
    const Secret secret("correct horse");
    CHECK(secret.equals("correct horse"));
    CHECK_FALSE(secret.equals("correct hors"));
    CHECK_FALSE(secret.equals("correct horsf"));
    CHECK_FALSE(secret.equals("correct horse "));
    CHECK_FALSE(secret.equals(""));
    CHECK(Secret().equals(""));
    CHECK_FALSE(Secret().equals("x"));
    // A longer guess whose bytes repeat the secret is no match.
    CHECK_FALSE(Secret("ab").equals("abab"));
}

TEST_CASE("moving a secret leaves nothing behind") {
    Secret from("pw");  // short: lives inside the string object itself
    const Secret to = std::move(from);
    CHECK(from.empty());  // NOLINT(bugprone-use-after-move): this is what is tested
    CHECK(to.reveal() == "pw");
}

TEST_CASE("wiping clears the bytes, not only the length") {
    std::string text = "hunter2";
    const char* bytes = text.data();
    haas::wipe(text);
    CHECK(text.empty());
    CHECK(std::string(bytes, 7) == std::string(7, '\0'));
}

TEST_CASE("taking a secret over wipes its source") {
    std::string source(64, 'k');
    const Secret taken = Secret::taken_from(source);
    CHECK(source.empty());
    CHECK(taken.reveal() == std::string(64, 'k'));
}

#include "core/base/secret_fields.hpp"

#include <sstream>
#include <type_traits>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using haas::Field;
using haas::Fields;
using haas::SecretFields;

namespace {

template <class T>
concept Streamable = requires(std::ostream& out, const T& thing) { out << thing; };

// The bytes of the value inside the field itself, where a short string lives.
std::string bytes_of(const Field& field) {
    return std::string(reinterpret_cast<const char*>(&field.value), sizeof field.value);
}

}  // namespace

static_assert(!std::is_copy_constructible_v<SecretFields> && !std::is_copy_assignable_v<SecretFields>);
static_assert(!fmt::is_formattable<SecretFields>::value, "a secret must not be printable");
static_assert(!Streamable<SecretFields>);
static_assert(!std::is_convertible_v<SecretFields, const Fields&>);

TEST_CASE("secret fields are found, replaced and taken out by name, in their order") {
    SecretFields secrets;
    CHECK(secrets.empty());
    for (const char* name : {"a", "b", "c", "d", "e"}) secrets.put(Field{name, std::string(name) + "-value"});
    secrets.put(Field{"c", std::int64_t{7}});
    secrets.remove("a");
    secrets.remove("nothing");
    CHECK(secrets.reveal() == Fields{{"b", std::string("b-value")},
                                     {"c", std::int64_t{7}},
                                     {"d", std::string("d-value")},
                                     {"e", std::string("e-value")}});
    REQUIRE(secrets.find("c") != nullptr);
    CHECK(secrets.find("c")->value == Field{"", std::int64_t{7}}.value);
    CHECK(secrets.find("a") == nullptr);
    CHECK(secrets.size() == 4);
}

TEST_CASE("secret fields are copied on purpose only, and moved whole") {
    Fields plain{{"password", std::string("pw")}};
    SecretFields secrets = SecretFields::taken_from(plain);
    CHECK(plain.empty());
    const SecretFields copied = secrets.copy();
    CHECK(copied == secrets);
    SecretFields moved = std::move(secrets);
    CHECK(secrets.empty());  // NOLINT(bugprone-use-after-move): this is what is tested
    CHECK(moved == copied);
    moved.put(Field{"password", std::string("other")});
    CHECK_FALSE(moved == copied);
    moved = SecretFields();
    CHECK(moved.empty());
}

TEST_CASE("putting a secret wipes what the caller held") {
    SecretFields secrets;
    Field added{"password", std::string("hunter2")};
    secrets.put(std::move(added));
    CHECK_THAT(bytes_of(added), !Catch::Matchers::Contains("hunter2"));
    Field replacing{"password", std::string("hunter3")};
    secrets.put(std::move(replacing));
    CHECK_THAT(bytes_of(replacing), !Catch::Matchers::Contains("hunter3"));
    CHECK(secrets.find("password")->value == Field{"", std::string("hunter3")}.value);
}

TEST_CASE("wiping a field clears the bytes of every kind of value") {
    Field text{"password", std::string(64, 'k')};
    const char* bytes = std::get<std::string>(text.value).data();
    wipe(text);
    CHECK(std::string(bytes, 64) == std::string(64, '\0'));
    Field number{"pin", std::int64_t{4711}};
    wipe(number);
    CHECK(std::get<std::int64_t>(number.value) == 0);
    Field truth{"backdoor", true};
    wipe(truth);
    CHECK_FALSE(std::get<bool>(truth.value));
}

TEST_CASE("secrets that are taken out or replaced leave no bytes in their places") {
    SecretFields secrets;
    for (const char* name : {"a", "b", "c"}) secrets.put(Field{name, std::string("short-") + name});
    const Field* last = &secrets.reveal()[2];
    secrets.remove("a");
    // The place is the vector's still, behind its end.
    CHECK(secrets.reveal().capacity() >= 3);
    CHECK_THAT(std::string(reinterpret_cast<const char*>(last), sizeof *last), !Catch::Matchers::Contains("short-c"));
    secrets.put(Field{"b", false});
    CHECK(secrets.reveal() == Fields{{"b", false}, {"c", std::string("short-c")}});
}

#include "core/driver/marshal.hpp"

#include <catch2/catch.hpp>

using namespace haas;
using namespace haas::driver;

// The examples are those of the Unicode Standard, table 3-7 and section 3.9, and of RFC 3629 section 7 and 10.
TEST_CASE("UTF-8 is what RFC 3629 says") {
    CHECK(is_utf8(""));
    CHECK(is_utf8("BMC of node 7"));
    CHECK(is_utf8("A\xE2\x89\xA2\xCE\x91."));          // A, not identical to, Alpha, .
    CHECK(is_utf8("\xF0\xA3\x8E\xB4"));                // U+233B4
    CHECK(is_utf8("\xEF\xBF\xBF"));                    // U+FFFF
    CHECK(is_utf8("\xF4\x8F\xBF\xBF"));                // U+10FFFF, the last
    CHECK_FALSE(is_utf8("\xF4\x90\x80\x80"));          // beyond it
    CHECK_FALSE(is_utf8("\xC0\x80"));                  // overlong NUL
    CHECK_FALSE(is_utf8("\xE0\x9F\xBF"));              // overlong
    CHECK_FALSE(is_utf8("\xF0\x8F\xBF\xBF"));          // overlong
    CHECK_FALSE(is_utf8("\xED\xA0\x80"));              // a surrogate
    CHECK_FALSE(is_utf8("\x80"));                      // a trail byte alone
    CHECK_FALSE(is_utf8("abc\xE2\x89"));               // cut short
    CHECK_FALSE(is_utf8("\xC3("));                     // trail byte missing
    CHECK_FALSE(is_utf8("\xFF"));
}

TEST_CASE("what is no UTF-8 is replaced, byte by byte, and the rest is kept") {
    CHECK(clean("plain \xCE\x91") == "plain \xCE\x91");
    CHECK(clean("a\xFFz") == "a\xEF\xBF\xBDz");
    CHECK(clean("\xE2\x89") == "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("fields go over and come back") {
    const Fields fields{{"host", std::string("b\0c", 3)}, {"port", std::int64_t{-623}}, {"quick", true}, {"slow", false}};
    const std::vector<haas_obm_field> borrowed = borrow(fields);
    REQUIRE(borrowed.size() == 4);
    CHECK(borrowed[0].kind == HAAS_OBM_KIND_STRING);
    CHECK(borrowed[0].string.data == std::get<std::string>(fields[0].value).data());
    CHECK(borrowed[1].integer == -623);
    CHECK(borrowed[2].kind == HAAS_OBM_KIND_BOOLEAN);
    CHECK(borrowed[2].integer == 1);
    CHECK(copy(borrowed.data(), borrowed.size()).values == fields);
}

TEST_CASE("odd fields of a driver do no harm") {
    const haas_obm_field odd[] = {{{nullptr, 5}, HAAS_OBM_KIND_STRING, 0, {"x", 1}, 0},
                                  {{"unknown", 7}, 99, 0, {nullptr, 0}, 0},
                                  {{"gone", 4}, HAAS_OBM_KIND_NONE, 0, {nullptr, 0}, 0},
                                  {{"empty", 5}, HAAS_OBM_KIND_STRING, 0, {nullptr, 9}, 0},
                                  {{"bad", 3}, HAAS_OBM_KIND_STRING, 0, {"\xFE", 1}, 0}};
    const Copied copied = copy(odd, 5);
    CHECK(copied.removed == std::vector<std::string>{"gone"});
    CHECK(copied.values == Fields{{"empty", std::string()}, {"bad", std::string("\xEF\xBF\xBD")}});
    CHECK(copy(nullptr, 3).values.empty());
}

TEST_CASE("a completion that cannot be read is a defect with an unknown effect") {
    CHECK(copy(static_cast<const haas_obm_completion*>(nullptr)).status == HAAS_OBM_INTERNAL);
    haas_obm_completion small{};
    small.struct_size = sizeof(haas_obm_completion) - 1;
    CHECK(copy(&small).status == HAAS_OBM_INTERNAL);
    CHECK(copy(&small).effect == Effect::unknown);
}

TEST_CASE("only a plain none is no effect") {
    haas_obm_completion completion{};
    completion.struct_size = sizeof(completion);
    completion.effect = HAAS_OBM_EFFECT_NONE;
    CHECK(copy(&completion).effect == Effect::none);
    completion.effect = HAAS_OBM_EFFECT_UNKNOWN;
    CHECK(copy(&completion).effect == Effect::unknown);
    completion.effect = 77;
    CHECK(copy(&completion).effect == Effect::unknown);
}

TEST_CASE("only a plain 1 is final") {
    haas_obm_completion completion{};
    completion.struct_size = sizeof(completion);
    completion.status = HAAS_OBM_PRIVILEGE;
    CHECK_FALSE(copy(&completion).final);
    completion.final = 1;
    CHECK(copy(&completion).final);
    for (const std::int32_t wild : {2, -1, 256}) {
        completion.final = wild;
        CHECK_FALSE(copy(&completion).final);
    }
}

TEST_CASE("a time before the clock's beginning is its beginning") {
    CHECK(nanoseconds(Loop::Time(std::chrono::nanoseconds(12))) == 12);
    CHECK(nanoseconds(Loop::Time(std::chrono::nanoseconds(-12))) == 0);
    CHECK(nanoseconds(Loop::Time::max()) == static_cast<std::uint64_t>(INT64_MAX));
}

#include "core/http/utf8.hpp"

#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using haas::http::Utf8Check;

namespace {

bool is_utf8(std::string_view text) {
    Utf8Check check;
    return check.feed(text) && check.complete();
}

// RFC 3629 section 3, the table of bits.
std::string encoded(unsigned code) {
    const auto byte = [](unsigned value) { return static_cast<char>(value); };
    if (code < 0x80) return {byte(code)};
    if (code < 0x800) return {byte(0xC0 | code >> 6), byte(0x80 | (code & 0x3F))};
    if (code < 0x10000) return {byte(0xE0 | code >> 12), byte(0x80 | (code >> 6 & 0x3F)), byte(0x80 | (code & 0x3F))};
    return {byte(0xF0 | code >> 18), byte(0x80 | (code >> 12 & 0x3F)), byte(0x80 | (code >> 6 & 0x3F)),
            byte(0x80 | (code & 0x3F))};
}

}  // namespace

TEST_CASE("every character there is, and no surrogate, is UTF-8") {
    std::vector<unsigned> wrong;
    for (unsigned code = 0; code <= 0x10FFFF; ++code) {
        const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
        if (is_utf8(encoded(code)) == surrogate) wrong.push_back(code);
    }
    CHECK(wrong.empty());
    CHECK_FALSE(is_utf8(encoded(0x110000)));
}

TEST_CASE("sequences that RFC 3629 sections 3 and 10, and Kuhn's stress test, call malformed") {
    const std::string text = GENERATE(
        as<std::string>(), std::string("\xC0\x80"), "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF",  // overlong
        "\xED\xA0\x80", "\xED\xBF\xBF", "\xED\xA1\x8C\xED\xBE\xB4",                                  // surrogates
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xF8\x88\x80\x80\x80", "\xFC\x84\x80\x80\x80\x80",  // beyond
        "\x80", "\xBF", "a\x80", "\xFE", "\xFF", "\xC3\xA4\xA4",                                     // loose bytes
        "\xC3(", "\xE2\x82(", "\xF0\x9F\x98(", "\xC3\xC3\xA4");                                      // broken off
    CHECK_FALSE(is_utf8(text));
}

TEST_CASE("a text may come in any pieces, and must not end within a character") {
    // "κόσμε" and U+1F600, from the Greek of Kuhn's test and Unicode's chart.
    const std::string text = "\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5\xF0\x9F\x98\x80";
    const std::set<std::size_t> ends{0, 2, 5, 7, 9, 11, 15};
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        Utf8Check check;
        CHECK(check.feed(std::string_view(text).substr(0, cut)));
        CHECK(check.complete() == (ends.count(cut) == 1));
        CHECK(check.feed(std::string_view(text).substr(cut)));
        CHECK(check.complete());
    }
}

TEST_CASE("what cannot become UTF-8 any more is told at its first byte that shows it") {
    Utf8Check check;
    CHECK(check.feed("\xCE\xBA"));
    CHECK(check.feed("\xF4"));
    CHECK_FALSE(check.feed("\x90"));
}

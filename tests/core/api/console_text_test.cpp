// Expected texts are written by hand from ECMA-48 (fifth edition), RFC 3629 and the Unicode standard.
#include "core/api/console_text.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace haas::api;
using haas::console::Kind;
using haas::console::Piece;
using namespace std::string_literals;

namespace {

const std::string bad = "\xEF\xBF\xBD";  // U+FFFD, the Unicode standard, table 3-6

// Must be the same in whatever pieces it comes.
std::string text_of(const std::string& bytes) {
    const std::string whole = stripped(bytes);
    for (std::size_t size = 1; size <= 3; ++size) {
        TextFilter filter;
        std::string text;
        for (std::size_t at = 0; at < bytes.size(); at += size) filter.feed(std::string_view(bytes).substr(at, size), text);
        filter.finish(text);
        CHECK(text == whole);
    }
    return whole;
}

Piece data(std::string text, std::uint64_t offset, std::int64_t time_ms = 1000) {
    return {Kind::data, time_ms, std::move(text), 0, offset};
}

std::vector<Piece> search(const std::string& wanted, const std::vector<Piece>& pieces) {
    LineSearch search(wanted);
    std::vector<Piece> found;
    for (const Piece& piece : pieces) search.feed(piece, found);
    search.finish(found);
    return found;
}

}  // namespace

TEST_CASE("text stays as it is") {
    for (const std::string& text : {""s, "login: "s, "a\tb\n\nc"s, "~ is the last of ASCII"s,
                                    // RFC 3629 section 7, and the last character there is
                                    "A\xE2\x89\xA2\xCE\x91."s, "\xED\x95\x9C\xEA\xB5\xAD\xEC\x96\xB4"s, "\xF0\xA3\x8E\xB4"s, "\xF4\x8F\xBF\xBF"s,
                                    "\xC2\xA0"s, "\xEF\xBF\xBD"s}) {
        CHECK(text_of(text) == text);
    }
}

TEST_CASE("control functions of ECMA-48 are taken away") {
    // 5.4: parameter bytes 03/00 to 03/15, intermediate bytes 02/00 to 02/15, final byte 04/00 to 07/14
    CHECK(text_of("\x1B[1;31mred\x1B[0m") == "red");
    CHECK(text_of("\x1B[2J\x1B[Hmenu") == "menu");
    CHECK(text_of("\x1B[?25l\x1B[1 qcursor\x1B[~.") == "cursor.");
    // 5.3.3 and ISO/IEC 2022: independent control functions, and designations of a set
    CHECK(text_of("\x1B" "creset \x1B(B\x1B#8\x1B" "7\x1B=done") == "reset done");
    // 5.6: control strings
    CHECK(text_of("\x1B]0;title\x07shell$ ") == "shell$ ");
    CHECK(text_of("\x1B]8;;http://x\x1B\\link\x1B]8;;\x1B\\.") == "link.");
    for (const char* opener : {"\x1BP", "\x1BX", "\x1B^", "\x1B_", "\x90", "\x98", "\x9E", "\x9F", "\x9D"}) {
        CHECK(text_of("a" + std::string(opener) + "1$r0m\x1B\\b") == "ab");
        CHECK(text_of("a" + std::string(opener) + "1$r0m\x9C" "b") == "ab");
        CHECK(text_of("a" + std::string(opener) + "1$r0m\xC2\x9C" "b") == "ab");
    }
    // C1, as one byte and as the character U+009B
    CHECK(text_of("\x9B" "31mred\xC2\x9B" "0m.") == "red.");
    CHECK(text_of("a\x85" "b\x84" "c\xC2\x8D" "d") == "abcd");
    // C0, and 07/15
    CHECK(text_of("a\0b\x07" "c\x0E\x0F" "d\x7F" "e\x11\x13"s) == "abcde");
}

TEST_CASE("a byte that is part of a character is no control function") {
    CHECK(text_of("\xE2\x9B\x94 stop") == "\xE2\x9B\x94 stop");                         // U+26D4 holds 9B
    CHECK(text_of("\x1B]0;\xE2\x9C\x93 ok\x07$") == "$");                               // U+2713 holds 9C
    CHECK(text_of("\xC5\x9D" "a") == "\xC5\x9D" "a");                                   // U+015D holds 9D
}

TEST_CASE("a control string whose end is lost takes no more than its line, or 4096 characters") {
    CHECK(text_of("\x1B]0;title\r\nnext line\n") == "\nnext line\n");
    CHECK(text_of("\x1BP" + std::string(4096, 'x') + "y") == "y");
    CHECK(text_of("\x1B[" + std::string(4096, '1') + "y") == "y");
    CHECK(text_of("\x1B]" + std::string(4095, 'x') + "\x07z") == "z");
    // 5.6: CAN and SUB are not of a control string; a terminal gives it up
    CHECK(text_of("\x1B]0;x\x18" "a\x1B]0;x\x1A" "b") == "ab");
    CHECK(text_of("\x1B]0;x\x1B[1mbold") == "bold");
    CHECK(text_of("open\x1B]0;x") == "open");
    CHECK(text_of("open\x1B[1") == "open");
    CHECK(text_of("open\x1B") == "open");
}

TEST_CASE("a sequence ends where a byte cannot belong to it") {
    CHECK(text_of("\x1B[1\nline") == "\nline");
    CHECK(text_of("\x1B[1\xC3\xA4") == "\xC3\xA4");
    CHECK(text_of("\x1B\x1B[1mx") == "x");
    CHECK(text_of("\x1B[1\x1B[0mx") == "x");
    CHECK(text_of("\x1B[1\x18m") == "m");
}

TEST_CASE("a reader sees lines, whatever ends them, and what was overwritten") {
    CHECK(text_of("a\r\nb\r\n") == "a\nb\n");
    CHECK(text_of("a\r\r\nb") == "a\nb");
    CHECK(text_of("a\n\rb") == "a\nb");
    CHECK(text_of("\r\n\r\n") == "\n\n");
    CHECK(text_of("10%\r20%\r100%\r\ndone\r\n") == "10%\n20%\n100%\ndone\n");
    CHECK(text_of("\rlogin: \r") == "login: ");
    CHECK(text_of("10%\r\x1B[K20%") == "10%\n20%");
    CHECK(text_of("\x1B[1m\r\n") == "\n");
    CHECK(text_of("helx\b \bp") == "helx p");
}

TEST_CASE("what is no UTF-8 becomes U+FFFD") {
    // The Unicode standard, table 3-8: U+FFFD for maximal subparts
    CHECK(text_of("\xE1\xE2\xF0\xF1\xBF\x41") == bad + bad + bad + bad + "A");
    CHECK(text_of("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41") == bad + bad + bad + bad + "A");
    CHECK(text_of("caf\xE9 au lait") == "caf" + bad + " au lait");
    CHECK(text_of("\xFF\xFE.") == bad + bad + ".");
    CHECK(text_of("cut \xE2\x82") == "cut " + bad);
    CHECK(text_of("\xE2\x82\n") == bad + "\n");
    // RFC 3629 section 3: no surrogates; section 10: nothing overlong.  What is left of it that is C1 is taken away.
    CHECK(text_of("\xED\xA0\xB0.") == bad + bad + bad + ".");
    CHECK(text_of("\xC0\xAF.") == bad + bad + ".");
    CHECK(text_of("\xF4\xB0\xA0\xA0.") == bad + bad + bad + bad + ".");
    // The 9F here is the middle of a character that was cut, and opens no APC.
    CHECK(text_of("\xF0\x9F next") == bad + " next");
}

TEST_CASE("it is told where a text ends within a character") {
    CHECK(utf8_rest("") == 0U);
    CHECK(utf8_rest("abc") == 0U);
    CHECK(utf8_rest("\xC3\xA4") == 0U);
    CHECK(utf8_rest("a\xC3") == 1U);
    CHECK(utf8_rest("\xE2\x82") == 2U);
    CHECK(utf8_rest("\xF0\xA3\x8E") == 3U);
    for (const char* broken : {"\xE9 a", "\x80", "\xC0\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xF8", "\xE2\x82" "a", "\xE2\xE2"}) {
        CHECK_FALSE(utf8_rest(broken));
    }
}

TEST_CASE("lines that hold a text are found, with time and offset of where they begin") {
    const std::vector<Piece> pieces = {data("boot\nkernel pa", 10, 1), data("nic: x\nok\nlast pan", 24, 2), data("ic", 42, 3)};
    const auto found = search("panic", pieces);
    REQUIRE(found.size() == 2);
    CHECK(found[0] == data("kernel panic: x\n", 15, 1));
    CHECK(found[1] == data("last panic", 34, 2));
    CHECK(search("Panic", pieces).empty());
    CHECK(search("x\nok", pieces).empty());
}

TEST_CASE("a line is searched as it reads, and given as it came") {
    const auto found = search("kernel panic", {data("\x1B[31mker\x1B[0mnel \x9B" "1mpanic\r\n\x1B]0;kernel panic\x07$ \r\n", 0)});
    REQUIRE(found.size() == 1);
    CHECK(found[0].text == "\x1B[31mker\x1B[0mnel \x9B" "1mpanic\r\n");
    // A string that one line has opened does not hide the next.
    CHECK(search("two", {data("one\x1B]0;\ntwo\n", 0)}).size() == 1);
    CHECK(search("31m", {data("\x1B[31mred\n", 0)}).empty());
    CHECK(search("\xC3\xA4", {data("\xC3", 0), data("\xA4\n", 1)}).size() == 1);
}

TEST_CASE("what is lost ends a line, other markers do not") {
    for (const Kind kind : {Kind::gap, Kind::missing}) {
        const auto found = search("a", {data("bad ", 0), {kind, 2, "lost", 5, 4}, data("sad\n", 9, 3)});
        REQUIRE(found.size() == 2);
        CHECK(found[0] == data("bad ", 0));
        CHECK(found[1] == data("sad\n", 9, 3));
    }
    CHECK(search("bad sad", {data("bad ", 0), {Kind::typed, 2, "bad sad", 0, 4}, data("sad\n", 4, 3)}) ==
          std::vector{data("bad sad\n", 0)});
}

TEST_CASE("a line has at most 64 KiB") {
    constexpr std::size_t most = 64 * 1024;
    const auto found = search("x", {data(std::string(most - 1, 'x'), 0), data("x", most - 1, 2), data("x\n", most, 3)});
    REQUIRE(found.size() == 2);
    CHECK(found[0] == data(std::string(most, 'x'), 0));
    CHECK(found[1] == data("x\n", most, 3));
    const auto exactly = search("x", {data(std::string(most - 1, 'x') + "\ny\nx", 0)});
    REQUIRE(exactly.size() == 2);
    CHECK(exactly[0].text.size() == most);
    CHECK(exactly[1] == data("x", most + 2));
}

#include "core/config/ini.hpp"

#include <catch2/catch.hpp>

using haas::config::Fault;
using haas::config::Ini;
using haas::config::read_ini;

namespace {

// The one fault of a text, as "line: words".
std::string fault(std::string_view text) {
    const Ini ini = read_ini(text);
    REQUIRE(ini.faults.size() == 1);
    return std::to_string(ini.faults[0].line) + ": " + ini.faults[0].text;
}

}  // namespace

TEST_CASE("entries come with their section and exact line") {
    const Ini ini = read_ini(
        "# first\n"
        "[one]\n"
        "\n"
        "a = 1\n"
        "; between\n"
        "b: two words  \n"
        "[two] # a comment, as in HIL's example\n"
        "a=\n"
        "c = 127.0.0.1:5000 ; said behind\n"
        "d = x;y#z");
    REQUIRE(ini.faults.empty());
    REQUIRE(ini.entries.size() == 5);
    const auto entry = [&](std::size_t i) {
        const auto& e = ini.entries[i];
        return e.section + "|" + e.name + "|" + e.value + "|" + std::to_string(e.line);
    };
    CHECK(entry(0) == "one|a|1|4");
    CHECK(entry(1) == "one|b|two words|6");
    CHECK(entry(2) == "two|a||8");
    CHECK(entry(3) == "two|c|127.0.0.1:5000|9");
    CHECK(entry(4) == "two|d|x;y#z|10");
}

TEST_CASE("an empty section is seen") {
    const Ini ini = read_ini("[devel]\n[other]\n");
    REQUIRE(ini.sections.size() == 2);
    CHECK(ini.sections[0].name == "devel");
    CHECK(ini.sections[1].line == 2);
    CHECK(ini.entries.empty());
}

TEST_CASE("a byte order mark and CRLF change nothing") {
    const Ini ini = read_ini("\xEF\xBB\xBF[s]\r\nkey = value\r\n\r\nlast = 1\r\n");
    REQUIRE(ini.faults.empty());
    REQUIRE(ini.entries.size() == 2);
    CHECK(ini.entries[0].section == "s");
    CHECK(ini.entries[0].value == "value");
    CHECK(ini.entries[1].line == 4);
}

TEST_CASE("a line of 198 bytes is read whole, one of 199 is refused") {
    const std::string name = "key = ";
    const Ini whole = read_ini("[s]\n" + name + std::string(198 - name.size(), 'v') + "\r\nafter = 1\n");
    REQUIRE(whole.faults.empty());
    REQUIRE(whole.entries.size() == 2);
    CHECK(whole.entries[0].value == std::string(198 - name.size(), 'v'));

    const Ini refused = read_ini("[s]\n" + name + std::string(199 - name.size(), 'v') + "\nafter = 1\n");
    REQUIRE(refused.faults.size() == 1);
    CHECK(refused.faults[0].line == 2);
    CHECK(refused.faults[0].section == "s");
    // Nothing of the long line is read, neither its front nor its tail as another key.
    REQUIRE(refused.entries.size() == 1);
    CHECK(refused.entries[0].name == "after");
    CHECK(refused.entries[0].line == 3);
}

TEST_CASE("comments may be of any length") {
    const std::string comment = "# " + std::string(500, '=') + "\n";
    const Ini ini = read_ini(comment + "[s] " + comment + "key = 1\n   ; " + comment + comment);
    CHECK(ini.faults.empty());
    REQUIRE(ini.entries.size() == 1);
    CHECK(ini.entries[0].section == "s");
    CHECK(ini.entries[0].line == 3);
}

TEST_CASE("a continuation line is refused, an indented first key and a comment are not") {
    CHECK(fault("[s]\nlisten = a,\n  b = c\n") ==
          "3: white space at the start of a line would continue the value of 'listen' above; a value is one line, and a "
          "name starts in the first column");
    const Ini ini = read_ini("[s]\n  first = 1\n\n  # comment\nsecond = 2\n");
    CHECK(ini.faults.empty());
    CHECK(ini.entries.size() == 2);
}

TEST_CASE("lines that are no entry are named") {
    CHECK(fault("[s]\nhaas.ext.obm.mock\n") == "2: there is no '=' in this line; write 'name =' even if there is no value");
    CHECK(fault("[s]\nname ; = value\n") == "2: there is no '=' in this line; write 'name =' even if there is no value");
    CHECK(fault("[s]\n= value") == "2: there is no name before the '='");
    CHECK(fault("key = 1\n[s]\n") == "1: this line stands before the first [section]");
    CHECK(fault(std::string_view("[s]\nk = a\0b\n", 12)) == "2: this line holds a control character or is not UTF-8");
    CHECK(fault("[s]\nk = caf\xE9\n") == "2: this line holds a control character or is not UTF-8");
    // Unicode 15 table 3-7: overlong, a surrogate, past U+10FFFF.
    CHECK(fault("[s]\nk = \xC0\xAF\n") == "2: this line holds a control character or is not UTF-8");
    CHECK(fault("[s]\nk = \xED\xA0\x80\n") == "2: this line holds a control character or is not UTF-8");
    CHECK(fault("[s]\nk = \xF4\x90\x80\x80\n") == "2: this line holds a control character or is not UTF-8");
    CHECK(read_ini("[s]\nk = caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\n").faults.empty());
}

TEST_CASE("a broken header takes its lines with it") {
    const Ini ini = read_ini("[one]\na = 1\n[two\na = 2\n[three]\na = 3\n");
    REQUIRE(ini.faults.size() == 1);
    CHECK(ini.faults[0].section.empty());
    CHECK(ini.faults[0].line == 3);
    CHECK(ini.faults[0].text == "there is no ']' behind the section's name");
    REQUIRE(ini.entries.size() == 2);
    CHECK(ini.entries[0].section == "one");
    CHECK(ini.entries[1].section == "three");
}

TEST_CASE("headers inih would misread are refused") {
    CHECK(fault("[s]\na = 1\n [t]\nb = 2\n") == "3: white space before a [section]; it starts in the first column");
    CHECK(fault("[]\n") == "1: this is no name for a section");
    CHECK(fault("[" + std::string(50, 'n') + "]\n") == "1: this section's name has 50 bytes; it may have at most 49");
    const Ini longest = read_ini("[" + std::string(49, 'n') + "]\na = 1\n");
    REQUIRE(longest.entries.size() == 1);
    CHECK(longest.entries[0].section == std::string(49, 'n'));
}

TEST_CASE("an empty text has nothing in it") {
    const Ini ini = read_ini("");
    CHECK(ini.entries.empty());
    CHECK(ini.sections.empty());
    CHECK(ini.faults.empty());
}

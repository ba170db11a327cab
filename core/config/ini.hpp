// The lines of an INI text as inih reads them, with exact line numbers, and what inih would silently get wrong.
// It does not know any section or key.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace haas::config {

struct Entry {
    std::string section;
    std::string name;
    std::string value;
    std::size_t line = 0;  // counted from 1
};

// A line that cannot be trusted.  It stands in a section, whose owner says whether that matters; a problem that changes
// the sections themselves has none.
struct Fault {
    std::string section;
    std::size_t line = 0;
    std::string text;
};

struct Section {
    std::string name;
    std::size_t line = 0;
};

struct Ini {
    std::vector<Entry> entries;     // in file order, duplicates too
    std::vector<Section> sections;  // their headers in file order, empty and repeated ones too
    std::vector<Fault> faults;      // in file order
};

// `#` and `;` begin a comment at the start of a line, ` ;` behind a value.  A byte order mark, CRLF, and comments of
// any length are fine.
Ini read_ini(std::string_view text);

}  // namespace haas::config

// Settings as text: `latency=5`, `quirk=icts`.  The same names are options of the command line, words of an --at rule and
// of the control socket.  It knows no BMC.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "tools/bmcsim/profile.hpp"

namespace haas::bmcsim {

struct Setting {
    std::string_view name;
    std::string_view value;  // what its value looks like; empty for a flag
    std::string_view text;
    // Throws std::invalid_argument with a sentence about the value.
    void (*apply)(Profile& profile, std::string_view value);
};
std::span<const Setting> settings() noexcept;

// Throws std::invalid_argument, naming the setting.
void apply_setting(Profile& profile, std::string_view name, std::string_view value);

// One --at rule: `RANGES: NAME[=VALUE] ...`; RANGES is `all`, a share as `10%`, or numbers and ranges as `1,5,7-9`.
struct Rule {
    struct Range {
        std::uint32_t first = 0;
        std::uint32_t last = 0;
    };
    std::vector<Range> ranges;  // empty: all, or a share
    double share = 1;           // of all BMCs, drawn by the seed
    std::vector<std::pair<std::string, std::string>> settings;
};
// Throws std::invalid_argument.  Names and values of settings are checked, the numbers' size is not.
Rule parse_rule(std::string_view text);

}  // namespace haas::bmcsim

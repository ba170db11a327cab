// Which nodes a user is limited to: host lists ("rack[1-4]-n[01-40]") and globs ("rack1-*").  Knows no user.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/host_list.hpp"
#include "core/base/result.hpp"

namespace haas::auth {

class NodePatterns {
public:
    // Terms between commas or blanks; one with a * is a glob, where each * stands for any characters or none, and has
    // no brackets.  Errc::invalid with a sentence.
    static Result<NodePatterns> parse(std::string_view text);

    bool match(std::string_view label) const;

private:
    HostList hosts_;
    std::vector<std::string> globs_;
};

}  // namespace haas::auth

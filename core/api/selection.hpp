// Which nodes a call about many of them means.  It knows who asks, and nothing of what is to be done.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/api/services.hpp"

namespace haas::api {

// A call names at most as many nodes.
inline constexpr std::size_t most_selected = 100'000;

// The labels, each once: of a host list "rack[1-4]-n[01-40]", of a list of labels, of {"metadata": {"rack": "r1"}} (all of
// them must be so), or of "*".  The last two choose among the nodes that the caller sees, and may find none; the first
// two say what they mean, and a label may be one that does not exist.  Errc::invalid: nothing named, malformed, too many.
Result<std::vector<std::string>> select_nodes(const Services& services, const auth::Principal& who,
                                              const rapidjson::Value& nodes);

// As a query has it: a host list, "*", or {"metadata": ...} as JSON.
Result<std::vector<std::string>> select_nodes(const Services& services, const auth::Principal& who, std::string_view text);

}  // namespace haas::api

// From where a console is to be shown, and how, as a query says it.
#pragma once

#include <optional>
#include <string>

#include "core/api/console_format.hpp"
#include "core/api/router.hpp"
#include "core/base/result.hpp"
#include "core/console/query.hpp"

namespace haas::api {

// ?since= (an RFC 3339 time, or an offset in bytes), ?tail= (lines) or ?tail_bytes=; nothing where none of them is given.
// Errc::invalid names the one that is wrong, or that there are several.
Result<std::optional<console::From>> read_from(const Call& call);

// ?format=raw, text or ndjson; raw where it is not given.
Result<ConsoleForm> read_form(const Call& call);

// ?q=, 1 to 256 bytes of UTF-8; empty where it is not given.
Result<std::string> read_wanted_text(const Call& call);

}  // namespace haas::api

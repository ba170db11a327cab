// Points in time as RFC 3339 writes them: "2026-11-22T18:02:15Z".
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace haas::api {

using Milliseconds = std::chrono::sys_time<std::chrono::milliseconds>;

// In UTC.  Of years 0 to 9999.
std::string to_rfc3339(std::chrono::sys_seconds time);
// With three digits behind the second.
std::string to_rfc3339(Milliseconds time);

// With any offset; what is less than a millisecond is dropped, and a leap second is the second after it.  Nothing when
// the text is no point in time.
std::optional<Milliseconds> read_rfc3339(std::string_view text);

}  // namespace haas::api

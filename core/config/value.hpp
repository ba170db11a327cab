// One parser for each kind of value that haas.cfg knows.  It knows neither sections nor keys.
// The error of each is what is wrong and what is accepted, to stand behind "[section] key: ".
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace haas::config {

template <class T>
using Value = tl::expected<T, std::string>;

template <class T>
struct Range {
    T least, most;  // both are accepted
};

// The parts between separators, white space around them cut off, empty ones left out.
std::vector<std::string_view> split(std::string_view text, char separator);

// true, yes, on, 1, false, no, off or 0 in any case: what Python's configparser takes, and so HaaS and HIL.
Value<bool> parse_boolean(std::string_view text);
// Seconds, as a decimal number: 30, 0.5.
Value<std::chrono::milliseconds> parse_duration(std::string_view text, Range<std::chrono::milliseconds> range);
// Bytes, or with a unit of KiB, MiB or GiB: 16384, 16 KiB.
Value<std::size_t> parse_size(std::string_view text, Range<std::size_t> range);
Value<unsigned> parse_count(std::string_view text, Range<unsigned> range);
// A path; a relative one starts at the folder.
Value<std::filesystem::path> parse_path(std::string_view text, const std::filesystem::path& folder);
// SQLAlchemy's form, sqlite:///relative or sqlite:////absolute.  The error never repeats the text, which may hold the
// password of another kind of database.
Value<std::filesystem::path> parse_database_uri(std::string_view text, const std::filesystem::path& folder);
// scheme://host or scheme://host:port, in the spelling that browsers send.
Value<std::string> parse_origin(std::string_view text);

}  // namespace haas::config

#include "core/config/value.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include <fmt/format.h>

namespace haas::config {
namespace {

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
}

bool all_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string in_seconds(std::chrono::milliseconds time) {
    return fmt::format("{}", static_cast<double>(time.count()) / 1000.0);
}

// The largest unit that divides the size, so that a message speaks as haas.cfg does.
std::string in_units(std::size_t bytes) {
    for (const auto& [unit, shift] : {std::pair{"GiB", 30U}, {"MiB", 20U}, {"KiB", 10U}}) {
        if (bytes != 0 && bytes % (std::size_t{1} << shift) == 0) return fmt::format("{} {}", bytes >> shift, unit);
    }
    return fmt::format("{} bytes", bytes);
}

}  // namespace

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const auto end = std::min(text.find(separator), text.size());
        if (const std::string_view part = trimmed(text.substr(0, end)); !part.empty()) parts.push_back(part);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

Value<bool> parse_boolean(std::string_view text) {
    const std::string word = lower_case(text);
    if (word == "true" || word == "yes" || word == "on" || word == "1") return true;
    if (word == "false" || word == "no" || word == "off" || word == "0") return false;
    return tl::unexpected(
        fmt::format("'{}' is neither yes nor no; expected true, yes, on, 1, false, no, off or 0", text));
}

Value<std::chrono::milliseconds> parse_duration(std::string_view text, Range<std::chrono::milliseconds> range) {
    const auto refuse = [&] {
        return tl::unexpected(fmt::format("'{}' is no duration; expected a number of seconds from {} to {}", text,
                                          in_seconds(range.least), in_seconds(range.most)));
    };
    const auto point = std::min(text.find('.'), text.size());
    const std::string_view whole = text.substr(0, point);
    const std::string_view fraction = text.substr(std::min(point + 1, text.size()));
    // Nine digits of seconds cannot overflow, and are past every range.
    if (!all_digits(whole) || whole.size() > 9) return refuse();
    if (point < text.size() && (!all_digits(fraction) || fraction.size() > 3)) return refuse();
    std::int64_t seconds = 0;
    std::from_chars(whole.data(), whole.data() + whole.size(), seconds);
    std::int64_t thousandths = 0;
    for (std::size_t i = 0; i < 3; ++i) thousandths = thousandths * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
    const std::chrono::milliseconds time(seconds * 1000 + thousandths);
    if (time < range.least || time > range.most) return refuse();
    return time;
}

Value<std::size_t> parse_size(std::string_view text, Range<std::size_t> range) {
    const auto refuse = [&] {
        return tl::unexpected(
            fmt::format("'{}' is no size; expected bytes, or a number of KiB, MiB or GiB, from {} to {}", text,
                        in_units(range.least), in_units(range.most)));
    };
    const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
    const std::string_view digits = text.substr(0, end);
    const std::string_view unit = trimmed(text.substr(end));
    const unsigned shift = unit == "KiB" ? 10 : unit == "MiB" ? 20 : unit == "GiB" ? 30 : 0;
    if (shift == 0 && !unit.empty()) return refuse();
    std::size_t number = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), number).ec != std::errc{}) return refuse();
    if (number > (SIZE_MAX >> shift)) return refuse();
    number <<= shift;
    if (number < range.least || number > range.most) return refuse();
    return number;
}

Value<unsigned> parse_count(std::string_view text, Range<unsigned> range) {
    unsigned number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc{} || end != text.data() + text.size() || number < range.least || number > range.most) {
        return tl::unexpected(
            fmt::format("'{}' is not accepted; expected a whole number from {} to {}", text, range.least, range.most));
    }
    return number;
}

Value<std::filesystem::path> parse_path(std::string_view text, const std::filesystem::path& folder) {
    if (text.empty()) return tl::unexpected(std::string("no path; leave the key out to have its default"));
    return (folder / text).lexically_normal();
}

Value<std::filesystem::path> parse_database_uri(std::string_view text, const std::filesystem::path& folder) {
    constexpr std::string_view accepted =
        "expected sqlite:///haas.db (relative to the folder of this file) or "
        "sqlite:////var/lib/haas/haas.db (absolute)";
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return tl::unexpected(fmt::format("no database URI; {}", accepted));
    if (const std::string_view scheme = text.substr(0, colon); scheme != "sqlite") {
        return tl::unexpected(
            fmt::format("the scheme '{}' is not supported, haasd keeps its data in SQLite; {}", scheme, accepted));
    }
    if (!text.starts_with("sqlite:///")) {
        return tl::unexpected(fmt::format("sqlite: needs three slashes, or four; {}", accepted));
    }
    const std::string_view file = text.substr(std::string_view("sqlite:///").size());
    if (file.empty() || file == ":memory:") {
        return tl::unexpected(fmt::format("a database in memory would forget every node; {}", accepted));
    }
    if (file.ends_with('/')) return tl::unexpected(fmt::format("this names a folder, not a file; {}", accepted));
    if (file.find('?') != std::string_view::npos) {
        return tl::unexpected(fmt::format("options behind '?' are not supported; {}", accepted));
    }
    return parse_path(file, folder);
}

Value<std::string> parse_origin(std::string_view text) {
    const auto refuse = [&] {
        return tl::unexpected(fmt::format("'{}' is no origin; expected a scheme, a host and perhaps a port, such as "
                                          "https://ops.example.org or http://10.0.0.5:8080", text));
    };
    std::string origin = lower_case(text);
    const bool tls = origin.starts_with("https://");
    if (!tls && !origin.starts_with("http://")) return refuse();
    const std::size_t start = tls ? 8 : 7;
    constexpr std::string_view accepted = "abcdefghijklmnopqrstuvwxyz0123456789.-_:[]";
    if (origin.find_first_not_of(accepted, start) != std::string::npos) return refuse();
    // The colon of a port comes behind an IPv6 address's bracket.
    const auto bracket = origin.rfind(']');
    const auto colon = origin.find(':', bracket == std::string::npos ? start : bracket);
    const std::size_t host_end = std::min(colon, origin.size());
    if (host_end == start) return refuse();
    if (colon != std::string::npos) {
        const std::string_view port = std::string_view(origin).substr(colon + 1);
        if (!all_digits(port) || port.size() > 5) return refuse();
        // Browsers leave the default port out.
        if (port == (tls ? "443" : "80")) origin.erase(colon);
    }
    return origin;
}

}  // namespace haas::config

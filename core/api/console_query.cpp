#include "core/api/console_query.hpp"

#include <charconv>
#include <cstdint>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/api/console_text.hpp"
#include "core/api/services.hpp"
#include "core/api/timestamp.hpp"

namespace haas::api {
namespace {

constexpr std::int64_t most_lines = 1'000'000;
constexpr std::int64_t most_bytes = std::int64_t{1} << 30;
constexpr std::size_t longest_wanted_text = 256;

Result<console::From> read_since(const std::string& text) {
    if (text.find_first_not_of("0123456789") != std::string::npos || text.empty()) {
        if (const auto time = read_rfc3339(text)) return console::FromTime{time->time_since_epoch().count()};
    } else {
        std::uint64_t offset = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), offset);
        if (error == std::errc()) return console::FromOffset{offset};
    }
    return fail(Errc::invalid, "since must be a time as RFC 3339 writes it, 2026-11-22T18:02:15Z, or an offset in bytes");
}

template <class Last>
Result<console::From> read_last(const Call& call, std::string_view name, std::int64_t most) {
    const Result<std::int64_t> count = read_number(call, name, 0, most, 0);
    if (!count) return Failure(count.error());
    return Last{static_cast<std::uint64_t>(*count)};
}

}  // namespace

Result<std::optional<console::From>> read_from(const Call& call) {
    const std::string& target = call.request.target;
    std::vector<std::string_view> given;
    for (const std::string_view name : {"since", "tail", "tail_bytes"}) {
        if (query_value(target, name)) given.push_back(name);
    }
    if (given.empty()) return std::nullopt;
    if (given.size() > 1) return fail(Errc::invalid, fmt::format("{} say different things: give one of them", fmt::join(given, " and ")));
    if (given.front() == "since") return read_since(*query_value(target, "since"));
    if (given.front() == "tail") return read_last<console::LastLines>(call, "tail", most_lines);
    return read_last<console::LastBytes>(call, "tail_bytes", most_bytes);
}

Result<ConsoleForm> read_form(const Call& call) {
    const std::string text = query_value(call.request.target, "format").value_or("raw");
    if (text == "raw") return ConsoleForm::raw;
    if (text == "text") return ConsoleForm::text;
    if (text == "ndjson") return ConsoleForm::ndjson;
    return fail(Errc::invalid, "format must be raw, text or ndjson");
}

Result<std::string> read_wanted_text(const Call& call) {
    const auto text = query_value(call.request.target, "q");
    if (!text) return std::string();
    if (!text->empty() && text->size() <= longest_wanted_text && utf8_rest(*text) == 0U) return *text;
    return fail(Errc::invalid, fmt::format("q must be UTF-8 text of 1 to {} bytes", longest_wanted_text));
}

}  // namespace haas::api

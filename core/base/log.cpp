#include "core/base/log.hpp"

#include <algorithm>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace haas::log {
namespace {

spdlog::level::level_enum to_spdlog(Level level) noexcept {
    switch (level) {
        case Level::debug: return spdlog::level::debug;
        case Level::info: return spdlog::level::info;
        case Level::warn: return spdlog::level::warn;
        case Level::error: return spdlog::level::err;
        case Level::critical: return spdlog::level::critical;
    }
    return spdlog::level::info;
}

std::string_view name(Level level) noexcept {
    switch (level) {
        case Level::debug: return "debug";
        case Level::info: return "info";
        case Level::warn: return "warn";
        case Level::error: return "error";
        case Level::critical: return "fatal";
    }
    return "info";
}

spdlog::logger& logger() {
    static const auto instance = [] {
        auto made = spdlog::stderr_logger_mt("haasd");
        // UTC and ISO 8601, so that lines of many machines sort together.
        made->set_formatter(
            std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %v", spdlog::pattern_time_type::utc));
        made->flush_on(spdlog::level::debug);
        return made;
    }();
    return *instance;
}

bool needs_quotes(std::string_view value) {
    return value.empty() || std::any_of(value.begin(), value.end(), [](char c) {
               const auto byte = static_cast<unsigned char>(c);
               return byte <= 0x20 || byte == 0x7f || c == '"' || c == '=' || c == '\\';
           });
}

void append_quoted(std::string& line, std::string_view value) {
    line += '"';
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            line += '\\';
            line += c;
        } else if (byte < 0x20 || byte == 0x7f) {
            line += fmt::format("\\x{:02x}", byte);
        } else {
            line += c;
        }
    }
    line += '"';
}

}  // namespace

std::optional<Level> parse_level(std::string_view name) noexcept {
    if (name == "debug") return Level::debug;
    if (name == "info") return Level::info;
    if (name == "warn" || name == "warning") return Level::warn;
    if (name == "error") return Level::error;
    if (name == "critical" || name == "fatal") return Level::critical;
    return std::nullopt;
}

void set_level(Level level) noexcept { logger().set_level(to_spdlog(level)); }

bool enabled(Level level) noexcept { return logger().should_log(to_spdlog(level)); }

std::string format_fields(std::initializer_list<Field> fields) {
    std::string line;
    for (const Field& field : fields) {
        line += ' ';
        line += field.key;
        line += '=';
        if (needs_quotes(field.value)) {
            append_quoted(line, field.value);
        } else {
            line += field.value;
        }
    }
    return line;
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
    if (!enabled(level)) return;
    logger().log(to_spdlog(level), "{:<5} {}{}", name(level), event, format_fields(fields));
}

}  // namespace haas::log

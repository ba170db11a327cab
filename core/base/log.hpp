// Structured log: one line an event, `2026-11-22T14:12:03.123Z info  power.done node=n1 verb=on ms=12`, on stderr.
// Never give it a secret.  Any thread may log.
#pragma once

#include <concepts>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace haas::log {

enum class Level { debug, info, warn, error, critical };

// The names haas.cfg knows: debug, info, warn or warning, error, critical or fatal.
std::optional<Level> parse_level(std::string_view name) noexcept;

// What is below the level is not written.  The default is info.
void set_level(Level level) noexcept;
bool enabled(Level level) noexcept;

struct Field {
    Field(std::string_view name, std::string_view text) : key(name), value(text) {}
    template <class T>
        requires(!std::convertible_to<const T&, std::string_view>)
    Field(std::string_view name, const T& thing) : key(name), value(fmt::to_string(thing)) {}

    std::string_view key;
    std::string value;
};

// `event` is a dotted, stable name that one can search for: "driver.loaded".
void write(Level level, std::string_view event, std::initializer_list<Field> fields = {});

inline void debug(std::string_view event, std::initializer_list<Field> fields = {}) { write(Level::debug, event, fields); }
inline void info(std::string_view event, std::initializer_list<Field> fields = {}) { write(Level::info, event, fields); }
inline void warn(std::string_view event, std::initializer_list<Field> fields = {}) { write(Level::warn, event, fields); }
inline void error(std::string_view event, std::initializer_list<Field> fields = {}) { write(Level::error, event, fields); }
inline void critical(std::string_view event, std::initializer_list<Field> fields = {}) { write(Level::critical, event, fields); }

// The rest of a line behind the event, logfmt: key=value, quoted where a value has spaces or would be ambiguous.
// Control characters are escaped, so that one event stays one line whatever a client or a BMC sent.
std::string format_fields(std::initializer_list<Field> fields);

}  // namespace haas::log

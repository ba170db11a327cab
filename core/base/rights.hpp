// What somebody may do with a node, as a set of rights.  Knows neither who has them nor on which node.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace haas {

// The values are kept on disk: they never change their meaning.
enum class Right : std::uint8_t { status = 1, power = 2, boot = 4, console_read = 8, console_write = 16 };

// "status", "power", "boot", "console-read", "console-write".
std::string_view name(Right right) noexcept;
std::optional<Right> right_named(std::string_view text) noexcept;

class Rights {
public:
    constexpr Rights() = default;
    constexpr Rights(std::initializer_list<Right> rights) {
        for (const Right right : rights) add(right);
    }
    static constexpr Rights all() {
        return {Right::status, Right::power, Right::boot, Right::console_read, Right::console_write};
    }

    // Names with commas or blanks between them.  Errc::invalid with the list of names that there are; a list of none is
    // one too.
    static Result<Rights> parse(std::string_view list);
    // As bits() gave them.  Nothing when a bit stands for no right.
    static std::optional<Rights> from_bits(std::int64_t bits) noexcept;

    constexpr bool has(Right right) const { return (bits_ & static_cast<unsigned>(right)) != 0; }
    constexpr void add(Right right) { bits_ = static_cast<std::uint8_t>(bits_ | static_cast<unsigned>(right)); }
    constexpr bool empty() const { return bits_ == 0; }
    constexpr std::uint8_t bits() const { return bits_; }
    // In the order of the enumeration.
    std::vector<std::string_view> names() const;

    friend constexpr bool operator==(Rights, Rights) = default;

private:
    std::uint8_t bits_ = 0;
};

}  // namespace haas

#include "core/base/rights.hpp"

#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace haas {
namespace {

constexpr std::array every_right{Right::status, Right::power, Right::boot, Right::console_read, Right::console_write};
constexpr std::string_view separators = ", \t";

}  // namespace

std::string_view name(Right right) noexcept {
    switch (right) {
        case Right::status: return "status";
        case Right::power: return "power";
        case Right::boot: return "boot";
        case Right::console_read: return "console-read";
        case Right::console_write: return "console-write";
    }
    return "none";
}

std::optional<Right> right_named(std::string_view text) noexcept {
    for (const Right right : every_right) {
        if (name(right) == text) return right;
    }
    return std::nullopt;
}

Result<Rights> Rights::parse(std::string_view list) {
    Rights rights;
    for (std::size_t begin = 0; (begin = list.find_first_not_of(separators, begin)) != std::string_view::npos;) {
        const std::size_t end = list.find_first_of(separators, begin);
        const auto right = right_named(list.substr(begin, end - begin));
        // Never repeats the word itself: it may hold anything.
        if (!right) return fail(Errc::invalid, fmt::format("a right is one of {}", fmt::join(all().names(), ", ")));
        rights.add(*right);
        begin = end;
    }
    if (rights.empty()) {
        return fail(Errc::invalid, fmt::format("no right is named: give one or more of {}", fmt::join(all().names(), ", ")));
    }
    return rights;
}

std::optional<Rights> Rights::from_bits(std::int64_t bits) noexcept {
    if ((bits & ~std::int64_t{all().bits()}) != 0) return std::nullopt;
    Rights rights;
    rights.bits_ = static_cast<std::uint8_t>(bits);
    return rights;
}

std::vector<std::string_view> Rights::names() const {
    std::vector<std::string_view> words;
    for (const Right right : every_right) {
        if (has(right)) words.push_back(name(right));
    }
    return words;
}

}  // namespace haas

#include "core/http/message.hpp"

#include <algorithm>

namespace haas::http {
namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view trimmed(std::string_view text) noexcept {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
}

std::string_view Request::header(std::string_view name) const noexcept {
    for (const Header& field : headers) {
        if (equal_ignoring_case(field.name, name)) return field.value;
    }
    return {};
}

std::vector<std::string_view> Request::list(std::string_view name) const {
    std::vector<std::string_view> members;
    for (const Header& field : headers) {
        if (!equal_ignoring_case(field.name, name)) continue;
        std::string_view left = field.value;
        while (!left.empty()) {
            const auto comma = std::min(left.find(','), left.size());
            if (const auto member = trimmed(left.substr(0, comma)); !member.empty()) members.push_back(member);
            left.remove_prefix(std::min(comma + 1, left.size()));
        }
    }
    return members;
}

}  // namespace haas::http

#include "core/http/message.hpp"

namespace haas::http {
namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

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

}  // namespace haas::http

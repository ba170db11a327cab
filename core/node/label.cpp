#include "core/node/label.hpp"

#include <algorithm>

namespace haas::node {
namespace {

bool is_label_char(char c) noexcept {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("._:+-").find(c) != std::string_view::npos;
}

}  // namespace

bool is_label(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 255 && text != "." && text != ".." &&
           std::all_of(text.begin(), text.end(), is_label_char);
}

}  // namespace haas::node

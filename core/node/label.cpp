#include "core/node/label.hpp"

#include <algorithm>

#include "core/base/host_list.hpp"

namespace haas::node {

bool is_label(std::string_view text) noexcept {
    return !text.empty() && text.size() <= longest_label && text != "." && text != ".." &&
           std::all_of(text.begin(), text.end(), is_label_char);
}

}  // namespace haas::node

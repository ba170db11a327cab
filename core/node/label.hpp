// What may be the name of a node, or of a piece of its metadata.
#pragma once

#include <string_view>

namespace haas::node {

// 1 to 255 bytes of [A-Za-z0-9._:+-], as they stand in a URL without escapes; "." and ".." are no names, since every
// URL library takes them for path steps.
bool is_label(std::string_view text) noexcept;

// The sentence for a text that is none.  Never repeats the text itself: it may hold anything.
inline constexpr std::string_view label_rule = "a name is 1 to 255 characters of A-Z a-z 0-9 . _ : + -";

}  // namespace haas::node

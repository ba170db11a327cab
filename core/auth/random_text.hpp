// Random text that nobody guesses: what tokens are made of.  Private to core/auth.
#pragma once

#include <cstddef>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/secret.hpp"

namespace haas::auth {

// Two lower-case hexadecimal digits a byte.
Result<Secret> random_hex(std::size_t bytes);

// `prefix` and the bytes in base64url (RFC 4648 section 5) without padding.
Result<Secret> random_base64url(std::string_view prefix, std::size_t bytes);

}  // namespace haas::auth

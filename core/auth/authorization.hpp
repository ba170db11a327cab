// What an Authorization header says: HTTP Basic (RFC 7617) or Bearer (RFC 6750).  Knows nobody.  Private to core/auth.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/auth/password.hpp"
#include "core/auth/token_file.hpp"
#include "core/base/secret.hpp"

namespace haas::auth {

inline constexpr std::size_t longest_user_name = 255;

struct Authorization {
    bool bearer = false;
    std::string user;  // empty with Bearer
    Secret secret;     // the password or the token
};

// Nothing when it is neither, or longer than what could be right: a whole header costs its own length.
std::optional<Authorization> parse_authorization(std::string_view header);

}  // namespace haas::auth

// The credentials of HTTP Basic (RFC 7617) and their base64 (RFC 4648 section 4), decoded strictly.  Knows no token.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/secret.hpp"

namespace haas::auth {

struct BasicCredentials {
    std::string user;
    Secret password;
};

// Nothing unless `text` is whole, canonical base64: length a multiple of four, padding only at the end, no other
// characters, unused bits zero.
std::optional<Secret> decode_base64(std::string_view text);

// `text` is what follows the word Basic.  The user ends at the first colon; the password may have more of them.
std::optional<BasicCredentials> decode_basic(std::string_view text);

}  // namespace haas::auth

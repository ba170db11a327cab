#include "core/auth/authorization.hpp"

#include <algorithm>
#include <utility>

#include "core/auth/basic.hpp"

namespace haas::auth {
namespace {

// "Basic", spaces, and base64 of name, colon and password or token.
constexpr std::size_t longest_header =
    64 + (longest_user_name + 1 + std::max(longest_token, longest_password) + 2) / 3 * 4;

// RFC 9110 section 11.1: case does not matter.
bool is_scheme(std::string_view word, std::string_view lower_case) noexcept {
    if (word.size() != lower_case.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i) {
        const char c = word[i] >= 'A' && word[i] <= 'Z' ? static_cast<char>(word[i] - 'A' + 'a') : word[i];
        if (c != lower_case[i]) return false;
    }
    return true;
}

}  // namespace

std::optional<Authorization> parse_authorization(std::string_view header) {
    if (header.size() > longest_header) return std::nullopt;
    // credentials = auth-scheme 1*SP ( token68 / … ), RFC 9110 section 11.4
    const std::string_view scheme = header.substr(0, header.find(' '));
    const std::size_t start = header.find_first_not_of(' ', scheme.size());
    if (start == std::string_view::npos) return std::nullopt;
    const std::string_view rest = header.substr(start);
    if (is_scheme(scheme, "bearer")) return Authorization{true, {}, Secret(rest)};
    if (!is_scheme(scheme, "basic")) return std::nullopt;
    auto credentials = decode_basic(rest);
    if (!credentials || credentials->user.size() > longest_user_name) return std::nullopt;
    return Authorization{false, std::move(credentials->user), std::move(credentials->password)};
}

}  // namespace haas::auth

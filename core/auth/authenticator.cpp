#include "core/auth/authenticator.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "core/auth/basic.hpp"
#include "core/auth/token_file.hpp"
#include "core/base/log.hpp"

namespace haas::auth {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view admin = "admin";

// The longest that can be right: "Basic", spaces, and base64 of "admin:" and the token.
constexpr std::size_t longest_header = 64 + (admin.size() + 1 + longest_token) * 4 / 3;

// RFC 9110 section 11.1: case does not matter.
bool is_scheme(std::string_view word, std::string_view lower_case) noexcept {
    if (word.size() != lower_case.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i) {
        const char c = word[i] >= 'A' && word[i] <= 'Z' ? static_cast<char>(word[i] - 'A' + 'a') : word[i];
        if (c != lower_case[i]) return false;
    }
    return true;
}

Failure unauthenticated(std::string message) { return fail(Errc::unauthenticated, std::move(message)); }

}  // namespace

Authenticator Authenticator::open_to_all() { return {}; }

Result<Authenticator> Authenticator::with_admin_token(const fs::path& file) {
    auto token = read_token_file(file);
    if (!token && token.error().code == Errc::not_found) {
        token = make_token_file(file);
        if (token) log::info("auth.token_created", {{"file", file.string()}});
    }
    if (!token) return Failure(std::move(token).error());

    const std::string_view bytes = token->reveal();
    Authenticator made;
    made.admin_token_.emplace();
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), made.admin_token_->data());
    return made;
}

bool Authenticator::is_admin_token(std::string_view guess) const {
    Digest digest{};
    SHA256(reinterpret_cast<const unsigned char*>(guess.data()), guess.size(), digest.data());
    return CRYPTO_memcmp(digest.data(), admin_token_->data(), digest.size()) == 0;
}

Result<Principal> Authenticator::authenticate(std::string_view authorization) const {
    if (!admin_token_) return Principal{"anonymous"};
    if (authorization.empty()) {
        return unauthenticated(
            "this call needs credentials: the admin token by HTTP Basic with user admin, or as Bearer");
    }

    bool right = false;
    if (authorization.size() <= longest_header) {
        // credentials = auth-scheme 1*SP ( token68 / … ), RFC 9110 section 11.4
        const std::size_t end = authorization.find(' ');
        const std::string_view scheme = authorization.substr(0, end);
        const std::size_t start = authorization.find_first_not_of(' ', scheme.size());
        const std::string_view rest =
            start == std::string_view::npos ? std::string_view() : authorization.substr(start);
        if (is_scheme(scheme, "bearer")) {
            right = is_admin_token(rest);
        } else if (is_scheme(scheme, "basic")) {
            const auto credentials = decode_basic(rest);
            // Both are looked at, whichever is wrong.
            const bool known = credentials && credentials->user == admin;
            right = credentials && is_admin_token(credentials->password.reveal()) && known;
        }
    }
    if (!right) {
        return unauthenticated(
            "the credentials are not accepted: send the admin token by HTTP Basic with user admin, or as Bearer");
    }
    return Principal{std::string(admin)};
}

Result<void> check_admin_token_file(const fs::path& file) {
    const auto token = read_token_file(file);
    if (token) return {};
    if (token.error().code != Errc::not_found) return Failure(token.error());
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
        return fail(Errc::internal, fmt::format("cannot make the admin token file {}: its folder: {}", file.string(),
                                                std::strerror(errno)));
    }
    return {};
}

}  // namespace haas::auth

#include "core/auth/admin_token.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "core/auth/token_file.hpp"
#include "core/base/log.hpp"

namespace haas::auth {

namespace fs = std::filesystem;

Result<AdminToken> AdminToken::open(const fs::path& file) {
    auto token = read_token_file(file);
    if (!token && token.error().code == Errc::not_found) {
        token = make_token_file(file);
        if (token) log::info("auth.token_created", {{"file", file.string()}});
    }
    if (!token) return Failure(std::move(token).error());

    const std::string_view bytes = token->reveal();
    AdminToken made;
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), made.digest_.data());
    return made;
}

Result<void> AdminToken::check(const fs::path& file) {
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

bool AdminToken::is(std::string_view guess) const {
    Digest digest{};
    SHA256(reinterpret_cast<const unsigned char*>(guess.data()), guess.size(), digest.data());
    return CRYPTO_memcmp(digest.data(), digest_.data(), digest.size()) == 0;
}

}  // namespace haas::auth

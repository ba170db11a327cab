#include "core/auth/admin_token.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

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

    AdminToken made;
    made.digest_ = digest_of(token->reveal());
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
    return DigestEqual()(digest_of(guess), digest_);
}

}  // namespace haas::auth

// The admin token: who has it may do everything.  Private to core/auth.
#pragma once

#include <filesystem>
#include <string_view>

#include "core/auth/digest.hpp"
#include "core/base/result.hpp"

namespace haas::auth {

inline constexpr std::string_view admin_name = "admin";

// Immutable once made.
class AdminToken {
public:
    // The one line of the file.  If there is no file, a random token is written to a new one (0600) and the path is
    // logged.  Reads the file once: a new token needs a restart.  An error is a sentence that names the file and the
    // cure: wrong mode or owner, empty, several lines, too short, control characters.
    static Result<AdminToken> open(const std::filesystem::path& file);

    // Would open() succeed?  A missing file is well when it could be made.  Creates nothing.
    static Result<void> check(const std::filesystem::path& file);

    // The time it takes does not tell how much of a guess was right.
    bool is(std::string_view guess) const;

private:
    AdminToken() = default;

    // Only the token's digest is kept: equal length for any guess, and no memory holds the token itself.
    Digest digest_{};
};

}  // namespace haas::auth

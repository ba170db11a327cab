// Who is asking: turns the value of an Authorization header into a Principal.  It knows no HTTP beyond that value and
// nothing of nodes or rights.  HTTP Basic is RFC 7617, Bearer is RFC 6750.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace haas::auth {

struct Principal {
    std::string name;  // "admin", or "anonymous" when nobody is asked who they are
};

// Immutable once made; any thread may ask it.
class Authenticator {
public:
    // `mode = none`: everybody is anonymous, with all rights, whatever they send.  Only for loopback listeners: the
    // caller sees to that.
    static Authenticator open_to_all();

    // The admin token is the one line of the file.  If there is no file, a random token is written to a new one (0600)
    // and the path is logged.  Reads the file once: a new token needs a restart.  An error is a sentence that names the
    // file and the cure: wrong mode or owner, empty, several lines, too short, control characters.
    static Result<Authenticator> with_admin_token(const std::filesystem::path& file);

    // `authorization` is the header's value; empty when there was no such header.  Basic with user `admin` and the
    // token as password, or Bearer with the token.  Errc::unauthenticated with a sentence that does not tell which part
    // was wrong; the time it takes does not tell how much of a guess was right.
    Result<Principal> authenticate(std::string_view authorization) const;

private:
    using Digest = std::array<std::uint8_t, 32>;  // SHA-256

    Authenticator() = default;
    bool is_admin_token(std::string_view guess) const;

    // Only the token's digest is kept: equal length for any guess, and no memory holds the token itself.
    std::optional<Digest> admin_token_;
};

// Would with_admin_token() succeed?  A missing file is well when it could be made.  Creates nothing.
Result<void> check_admin_token_file(const std::filesystem::path& file);

}  // namespace haas::auth

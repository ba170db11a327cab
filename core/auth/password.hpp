// Password hashes in crypt(3)'s form, "$y$j9T$salt$hash", made with yescrypt.  Knows no user.  Both calls take some tens
// of milliseconds and 16 MiB or more, on purpose: never on the loop.  Any thread.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/secret.hpp"

namespace haas::auth {

inline constexpr std::size_t longest_password = 511;  // crypt(3) takes no more

// A new hash with a random salt.  Errc::invalid when the password is empty, too long or has a NUL, a line end or another
// control character in it: no client could send it.
Result<std::string> hash_password(const Secret& password);

// Whatever libxcrypt knows and holds for strong enough today, so what mkpasswd makes is right too.  False for a hash that
// is none.
bool verify_password(const Secret& password, const std::string& hash);

// Is this a hash that verify_password() can verify?  DES, MD5 and the like are not: they can be guessed too fast.
bool is_password_hash(const std::string& text);

}  // namespace haas::auth

// The file with the admin token: reading, judging and making it.  Private to core/auth; knows no HTTP.
//
// One line of 16 to 1024 printable ASCII characters, no space at either end; a regular file that only its owner may
// use, and the owner is root or the daemon's user.
//
// A symbolic link to such a file is followed: secret stores (Kubernetes, agenix) hand their files out as links, and the
// rules are checked on the descriptor that is read, so a link cannot make a file pass that would not pass by itself.
// A new token is never written through a link.  Anything but a regular file is refused: a FIFO or a device
// has no content that mode and owner could vouch for, and may block the start.
#pragma once

#include <filesystem>

#include "core/base/result.hpp"
#include "core/base/secret.hpp"

namespace haas::auth {

inline constexpr std::size_t shortest_token = 16;
inline constexpr std::size_t longest_token = 1024;

// Errc::not_found when there is no such file (a dangling link is one that exists, and is refused); otherwise a sentence
// with the cure.  No error tells anything of the token.
Result<Secret> read_token_file(const std::filesystem::path& file);

// Makes the file, 0600, with 32 random hexadecimal digits, and returns them; they are on the disk then.
// Errc::duplicate when something of that name is there.
Result<Secret> make_token_file(const std::filesystem::path& file);

}  // namespace haas::auth

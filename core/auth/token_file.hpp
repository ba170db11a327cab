// The file with the admin token: reading, judging and making it.  Private to core/auth; knows no HTTP.
//
// One line of 16 to 1024 printable ASCII characters, no space at either end; a private file (core/base/private_file.hpp) that only
// its owner may use.  A new token is never written through a symbolic link.
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

// Reading a file that holds credentials: only when nobody else could have read or written what must stay theirs.
// Private to core/auth; knows nothing of what stands in the file.
//
// A regular file that belongs to root or the daemon's user.  A symbolic link to such a file is followed: secret stores
// (Kubernetes, agenix) hand their files out as links, and the rules are checked on the descriptor that is read, so a
// link cannot make a file pass that would not pass by itself.  Anything but a regular file is refused: a FIFO or a
// device has no content that mode and owner could vouch for, and may block the start.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "core/base/result.hpp"
#include "core/base/secret.hpp"

namespace haas::auth {

struct PrivateFile {
    std::filesystem::path path;
    std::string_view kind;          // "the admin token file": how errors call it
    mode_t forbidden = 077;         // bits of the mode that it must not have
    std::string_view mode = "600";  // the cure, for chmod
    std::size_t longest = 0;        // bytes, a newline at its end not counted
};

// The sentence "<kind> <path> <what>", Errc::invalid.
Failure refuse(const PrivateFile& file, std::string_view what);

// All that stands in it.  Errc::not_found when there is no such file (a dangling link is one that exists, and is
// refused); otherwise a sentence with the cure.  No error tells anything of the content.
Result<Secret> read(const PrivateFile& file);

}  // namespace haas::auth

// Files that hold credentials and keys: read only when nobody else could have read or written what must stay theirs,
// and made so that nobody else can.  Knows nothing of what stands in them.
//
// A regular file that belongs to root or the daemon's user.  A symbolic link to such a file is followed: secret stores
// (Kubernetes, agenix) hand their files out as links, and the rules are checked on the descriptor that is read, so a
// link cannot make a file pass that would not pass by itself.  Anything but a regular file is refused: a FIFO or a
// device has no content that mode and owner could vouch for, and may block the start.  A new file is never written through
// a link.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "core/base/result.hpp"
#include "core/base/secret.hpp"

namespace haas {

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
Result<Secret> read_private_file(const PrivateFile& file);

// Makes the file, 0600, with this content; on the disk when it returns.  It is there whole or not at all, also after a
// kill (which may leave a file with six more letters to its name behind).  Errc::duplicate when something of that name
// is there.
Result<void> make_private_file(const PrivateFile& file, std::string_view content);

// Waits until the names in the file's folder are on the disk.
Result<void> sync_folder_of(const std::filesystem::path& file);

}  // namespace haas

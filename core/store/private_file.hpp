// Files that nobody but the daemon's user may use: reading, judging and making them.  Knows nothing of what they hold.
//
// A symbolic link to such a file is followed when it is read: secret stores hand their files out as links, and the rules
// are checked on the descriptor that is read.  A new file is never written through a link.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/secret.hpp"

namespace haas::store {

// The content of a regular file that only its owner may use, and the owner is root or the daemon's user.  `what` is the
// word for it in errors: "the key file".  Errc::not_found when there is no such file (a dangling link is one that
// exists, and is refused); otherwise a sentence with the cure.  At most `longest` + 1 bytes are read and returned.
Result<Secret> read_private_file(const std::filesystem::path& file, std::string_view what, std::size_t longest);

// Makes the file, 0600, with this content; on the disk when it returns.  It is there whole or not at all, also after a
// kill (which may leave a file with six more letters to its name behind).  Errc::duplicate when something of that name
// is there.
Result<void> make_private_file(const std::filesystem::path& file, std::string_view what, std::string_view content);

// Waits until the names in the file's folder are on the disk.
Result<void> sync_folder_of(const std::filesystem::path& file);

}  // namespace haas::store

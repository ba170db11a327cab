// Files of the real file system: folders 0700, files 0600, one daemon at a time.  Knows nothing of what they hold.
#pragma once

#include <filesystem>
#include <memory>

#include "core/console/files.hpp"

namespace haas::console {

// Makes the root folder where it is missing (its parent must be there), and takes it away from everybody else.
// Errc::conflict while another process holds it; a sentence names folder and cure.
Result<std::unique_ptr<Files>> open_files(const std::filesystem::path& root);
// Would it be possible?  Makes nothing, and does not ask who holds it.
Result<void> check_files(const std::filesystem::path& root);

}  // namespace haas::console

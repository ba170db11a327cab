// A new key for the secrets of a database, for `haasd --rotate-key`.
#pragma once

#include <cstddef>
#include <string>

#include "core/base/result.hpp"
#include "core/store/files.hpp"

namespace haas::store {

struct Rotation {
    std::size_t nodes;   // whose secrets were sealed anew
    std::string key_id;  // the new key's, hexadecimal
};

// Seals all secrets with a new key, which takes the old one's place in the key file; nothing that the old key opens is
// left in the database, and the old key is gone.  (Who keeps backups of the database keeps the key of each beside it.)
// For a database that no daemon uses (Errc::conflict, with its pid, when one does) and its owner (Errc::forbidden for
// others, root too).  The new key is first written beside
// the old, as `<key file>.new`, then the secrets are sealed in one transaction, then the file is renamed: whenever it is
// killed, one of the two files opens the database, and whoever opens it next finds out which.  Needs no second run then.
Result<Rotation> rotate_key(const Files& files);

}  // namespace haas::store

// The users file: who has a password or a client certificate, and what they may do.  Knows no request.  Private to
// core/auth.
//
// One user a line, "name:hash:role" or "name:hash:role:nodes"; blank lines and those that begin with # are skipped.
// `hash` is what haasd --hash-password or mkpasswd prints, or * for a user without a password, who comes with a client
// certificate of that name.  `role` is viewer, operator or admin.  `nodes` limits the user to these (node_patterns.hpp).
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/auth/principal.hpp"
#include "core/base/result.hpp"

namespace haas::auth {

struct User {
    std::string line;  // as it stands in the file: two users are the same when these are
    std::string name;
    std::string hash;  // empty: no password is right
    Role role;
    std::shared_ptr<const NodePatterns> nodes;  // null: all
};

// A private file (core/base/private_file.hpp) that only its owner writes; its group may read it.  An error names file, line and
// what is wrong, and nothing of the line but the user's name.
Result<std::vector<User>> read_users(const std::filesystem::path& file);

}  // namespace haas::auth

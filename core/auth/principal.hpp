// Who is asking, and what they may do with which node.  Knows no credential and no HTTP.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/auth/grant.hpp"
#include "core/auth/node_patterns.hpp"
#include "core/base/rights.hpp"

namespace haas::auth {

// What a user may do: viewer (status), operator (all rights), admin (all rights, and administers).
struct Role {
    Rights rights;
    bool administers = false;

    // "viewer", "operator", "admin".
    static std::optional<Role> named(std::string_view name) noexcept;
};

// Cheap to copy; any thread may ask it, but for the grant.
class Principal {
public:
    // With mode none: everything is allowed to everybody.
    static Principal anonymous();
    // `nodes`: null means all of them.
    static Principal user(std::string name, Role role, std::shared_ptr<const NodePatterns> nodes,
                          std::shared_ptr<Grant> grant);
    // A node token's bearer sees that node only.
    static Principal token(std::string_view id, std::string node, Rights rights, std::shared_ptr<Grant> grant);

    // For logs and the audit trail: a user's name, "admin", "anonymous", "token:<id>", which no user can be called.
    const std::string& name() const noexcept;
    // Whose share it is when what is under way is counted: a user's own; that of all tokens of one node.
    const std::string& account() const noexcept;

    // May they know that the node exists?  A node that need not exist: by its label.
    bool sees(std::string_view node) const;
    // Sees it, and has the right.
    bool may(Right right, std::string_view node) const;
    // Registers, changes and deletes this node and its tokens.
    bool administers(std::string_view node) const;
    // Administers all nodes: what concerns no single one is theirs, as the audit trail.
    bool administers() const noexcept;

    // Never null.  Ends when the credential does: what goes on for long listens to it.
    const std::shared_ptr<Grant>& grant() const noexcept;

private:
    struct Identity;
    explicit Principal(Identity identity);

    std::shared_ptr<const Identity> identity_;
};

}  // namespace haas::auth

#include "core/auth/principal.hpp"

#include <utility>

#include <fmt/format.h>

namespace haas::auth {

struct Principal::Identity {
    std::string name;
    Role role;
    std::shared_ptr<const NodePatterns> patterns;  // null: all nodes, or the one below
    std::optional<std::string> node;
    std::shared_ptr<Grant> grant;
    std::string account{};  // empty: the name
};

std::optional<Role> Role::named(std::string_view name) noexcept {
    if (name == "viewer") return Role{{Right::status}, false};
    if (name == "operator") return Role{Rights::all(), false};
    if (name == "admin") return Role{Rights::all(), true};
    return std::nullopt;
}

Principal::Principal(Identity identity) : identity_(std::make_shared<const Identity>(std::move(identity))) {}

Principal Principal::anonymous() { return Principal({"anonymous", {Rights::all(), true}, nullptr, {}, Grant::make()}); }

Principal Principal::user(std::string name, Role role, std::shared_ptr<const NodePatterns> nodes,
                          std::shared_ptr<Grant> grant) {
    return Principal({std::move(name), role, std::move(nodes), {}, std::move(grant)});
}

Principal Principal::token(std::string_view id, std::string node, Rights rights, std::shared_ptr<Grant> grant) {
    std::string account = fmt::format("the tokens of node {}", node);
    return Principal({fmt::format("token:{}", id), {rights, false}, nullptr, std::move(node), std::move(grant), std::move(account)});
}

const std::string& Principal::name() const noexcept { return identity_->name; }

const std::string& Principal::account() const noexcept {
    return identity_->account.empty() ? identity_->name : identity_->account;
}

bool Principal::sees(std::string_view node) const {
    if (identity_->node) return *identity_->node == node;
    return !identity_->patterns || identity_->patterns->match(node);
}

bool Principal::may(Right right, std::string_view node) const {
    return identity_->role.rights.has(right) && sees(node);
}

bool Principal::administers(std::string_view node) const { return identity_->role.administers && sees(node); }

bool Principal::administers() const noexcept {
    return identity_->role.administers && !identity_->patterns && !identity_->node;
}

const std::shared_ptr<Grant>& Principal::grant() const noexcept { return identity_->grant; }

}  // namespace haas::auth

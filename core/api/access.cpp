#include "core/api/access.hpp"

#include <fmt/format.h>

namespace haas::api {
namespace {

std::optional<Right> right_of(Needs needs) noexcept {
    switch (needs) {
        case Needs::sight:
        case Needs::status: return Right::status;
        case Needs::power: return Right::power;
        case Needs::boot: return Right::boot;
        case Needs::console_read: return Right::console_read;
        case Needs::console_write: return Right::console_write;
        case Needs::login:
        case Needs::node_admin:
        case Needs::admin: break;
    }
    return std::nullopt;
}

std::string lacks(Right right, std::string_view node) {
    return fmt::format("has no right \"{}\" on node {}", name(right), node);
}

Error not_allowed(const Call& call, std::string_view what) {
    const Errc code = call.route->prefix == Prefix::only_v0 ? Errc::forbidden : Errc::unauthenticated;
    return {code, fmt::format("{} {}", call.who.name(), what), Effect::none};
}

}  // namespace

Error no_such_node(std::string_view label) {
    return {Errc::not_found, fmt::format("Node {} does not exist.", label), Effect::none};
}

std::optional<Error> refuse_access(const Call& call) {
    const auth::Principal& who = call.who;
    const Needs needs = call.route->needs;
    if (needs == Needs::login) return std::nullopt;
    if (needs == Needs::admin) {
        if (who.administers()) return std::nullopt;
        return not_allowed(call, "may not do this: it takes an administrator of all nodes");
    }
    const std::string& node = call.node();
    const bool registers = call.route->method == "PUT" && call.route->pattern == "/node/{node}";
    if (needs == Needs::node_admin && who.administers(node)) return std::nullopt;
    if (!registers && !who.sees(node)) {
        // obmd's users are told of a missing node as of a wrong token.
        if (call.route->prefix == Prefix::obmd) return not_allowed(call, "may not do this with this node");
        return no_such_node(node);
    }
    if (needs == Needs::node_admin) return not_allowed(call, fmt::format("does not administer node {}", node));
    const std::optional<Right> right = right_of(needs);
    if (!right || who.may(*right, node)) return std::nullopt;
    return not_allowed(call, lacks(*right, node));
}

std::optional<Error> refuse_node(const auth::Principal& who, Right right, std::string_view node) {
    if (!who.sees(node)) return no_such_node(node);
    if (who.may(right, node)) return std::nullopt;
    return Error{Errc::forbidden, fmt::format("{} {}", who.name(), lacks(right, node)), Effect::none};
}

}  // namespace haas::api

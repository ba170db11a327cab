// The sentences with which the registry turns a request down; each is said from more than one place.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "core/base/result.hpp"

namespace haas::node {

inline Failure no_such_node(std::string_view label) {
    return fail(Errc::not_found, fmt::format("Node {} does not exist.", label));
}

inline Failure shutting_down() { return fail(Errc::cancelled, "haasd is shutting down"); }

// What every operation of a node answers once its credentials were refused.
inline std::string refused_for_good(std::string_view refusal) {
    return fmt::format("{}. Not tried again until its credentials are changed or a retry is asked for",
                       refusal);
}

}  // namespace haas::node

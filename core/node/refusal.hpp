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

// What every operation of a node answers once its BMC has refused it for good, in that way.
inline Error refused_for_good(Errc code, std::string_view sentence) {
    const std::string_view what = code == Errc::credentials_rejected ? "credentials" : "fields";
    return {code, fmt::format("{}. Not tried again until its {} are changed or a retry is asked for", sentence, what),
            Effect::none, true};
}

}  // namespace haas::node

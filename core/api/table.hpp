// The table of calls: every call that there is, who may make it, what it takes and what it answers.  The dispatcher, the
// OpenAPI document and their tests read it.
#pragma once

#include <span>

#include "core/api/router.hpp"

namespace haas::api {

std::span<const Route> routes();

}  // namespace haas::api

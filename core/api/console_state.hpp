// How a node's console stands, as JSON.
#pragma once

#include <string>

#include "core/api/services.hpp"

namespace haas::api {

std::string console_state_json(const Services& services, const std::string& node);

}  // namespace haas::api

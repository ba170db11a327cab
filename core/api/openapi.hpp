// The OpenAPI 3.1 document of this API, composed of the table of calls and the schemas of the loaded drivers.
#pragma once

#include <string>

#include "core/api/services.hpp"

namespace haas::api {

// As GET /v0/openapi.json answers it.  A call of HaaS and HIL stands in it once, under /v0.
std::string openapi(const Services& services);

}  // namespace haas::api

// The driver ABI's statuses as the core's errors: the one place where the two lists meet.
#pragma once

#include "core/base/result.hpp"
#include "core/driver/marshal.hpp"

namespace haas::driver {

// Of a failure; a status that the ABI does not have (HAAS_OBM_OK too) is a defect of the driver: Errc::internal.
Errc to_errc(haas_obm_status status) noexcept;

// What an outcome that is not HAAS_OBM_OK means.  A request that only reads has no effect, and refused credentials are
// final, whatever the driver says; so may be a refused privilege level, cipher, field or request, and nothing else.
Error to_error(const Outcome& outcome, bool changes);

}  // namespace haas::driver

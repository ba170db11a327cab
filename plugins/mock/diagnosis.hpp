// What a diagnosis of a simulated machine finds: what its script says.  Knows neither threads nor the driver ABI's table.
#pragma once

#include <optional>

#include "haas/obm/driver.hpp"
#include "plugins/mock/machine.hpp"

namespace haas::mock {

// A machine that nothing is wrong with.
obm::Diagnosis diagnosis_of(bool on, const Machine::Boot& boot);

// The same machine with that failure, at the step where a BMC would have it.  Nothing where the failure is none of the
// machine's: then it is the diagnosis that fails.
std::optional<obm::Diagnosis> diagnosis_with(obm::Status failure, obm::Final final, obm::Diagnosis well);

}  // namespace haas::mock

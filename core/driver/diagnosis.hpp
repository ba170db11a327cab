// What a driver found out about the way to one managed system, step by step: the capability haas.obm.diagnose/1 as the
// core has it.  Knows the names of the steps, and nothing of what is done in them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/driver/marshal.hpp"

namespace haas::driver {

enum class StepResult : std::uint8_t { skipped, ok, failed };
std::string_view name(StepResult result) noexcept;  // "skipped", "ok", "failed"

struct DiagnoseStep {
    std::string name;  // resolve, reach, negotiate, authenticate, chassis, boot, sol
    StepResult result = StepResult::skipped;
    std::string found;  // one sentence; never empty, never a secret
    std::string fix;    // what to do about it; empty unless the step failed
    std::int64_t ms = 0;
};

struct DiagnoseReport {
    std::vector<DiagnoseStep> steps;  // all seven, in their order
    // The managed system refused the credentials, or the privilege level: as finally as Error::final says it of another
    // operation.
    bool credentials_refused = false;
    bool privilege_refused = false;
};

// The names of the steps, in their order.
const std::vector<std::string>& diagnose_steps();

// The values of a completion as haas/obm/abi/diagnose.h has them.  A step that they lack, or that contradicts itself, is
// a defect of the driver: Errc::internal.
Result<DiagnoseReport> to_report(const Outcome& outcome);

// A report that ends at `step` without having asked the driver: what is before it is skipped too.
DiagnoseReport report_of_failure(std::string_view step, std::string found, std::string fix);

}  // namespace haas::driver

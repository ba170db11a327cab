#include "core/driver/diagnosis.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "haas/obm/abi/diagnose.h"

namespace haas::driver {
namespace {

template <class T>
const T* value(const Outcome& outcome, const std::string& wanted) {
    const auto found = std::find_if(outcome.values.begin(), outcome.values.end(),
                                    [&](const Field& one) { return one.name == wanted; });
    return found != outcome.values.end() ? std::get_if<T>(&found->value) : nullptr;
}

std::optional<StepResult> to_result(std::string_view word) {
    for (const StepResult one : {StepResult::skipped, StepResult::ok, StepResult::failed}) {
        if (name(one) == word) return one;
    }
    return std::nullopt;
}

Failure defect(std::string_view step, std::string_view what) {
    return fail(Errc::internal, fmt::format("the driver's diagnosis is defective: its step {} {}", step, what));
}

Result<DiagnoseStep> read_step(const Outcome& outcome, const std::string& step) {
    const auto* word = value<std::string>(outcome, step + ".result");
    const std::optional<StepResult> result = word != nullptr ? to_result(*word) : std::nullopt;
    if (!result) return defect(step, "has no result");
    const auto* found = value<std::string>(outcome, step + ".found");
    if (found == nullptr || found->empty()) return defect(step, "does not say what was found");
    const auto* fix = value<std::string>(outcome, step + ".fix");
    const bool has_fix = fix != nullptr && !fix->empty();
    if (has_fix != (*result == StepResult::failed)) {
        return defect(step, has_fix ? "did not fail, and says how to fix it" : "failed, and does not say how to fix it");
    }
    const auto* ms = value<std::int64_t>(outcome, step + ".ms");
    return DiagnoseStep{step, *result, *found, has_fix ? *fix : std::string(), ms != nullptr ? std::max<std::int64_t>(*ms, 0) : 0};
}

}  // namespace

std::string_view name(StepResult result) noexcept {
    switch (result) {
        case StepResult::ok: return "ok";
        case StepResult::failed: return "failed";
        case StepResult::skipped: break;
    }
    return "skipped";
}

const std::vector<std::string>& diagnose_steps() {
    static const std::vector<std::string> steps = [] {
        std::vector<std::string> all;
        for (std::string_view rest = HAAS_OBM_DIAGNOSE_STEPS; !rest.empty();) {
            const std::size_t end = std::min(rest.find(' '), rest.size());
            all.emplace_back(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
        return all;
    }();
    return steps;
}

Result<DiagnoseReport> to_report(const Outcome& outcome) {
    DiagnoseReport report;
    for (const std::string& step : diagnose_steps()) {
        Result<DiagnoseStep> read = read_step(outcome, step);
        if (!read) return tl::unexpected(std::move(read.error()));
        report.steps.push_back(std::move(*read));
    }
    const auto says = [&](const char* name) {
        const auto* word = value<bool>(outcome, name);
        return word != nullptr && *word;
    };
    report.credentials_refused = says("refused");
    report.privilege_refused = says("refused_privilege");
    return report;
}

DiagnoseReport report_of_failure(std::string_view step, std::string found, std::string fix) {
    DiagnoseReport report;
    for (const std::string& one : diagnose_steps()) {
        if (one == step) {
            report.steps.push_back({one, StepResult::failed, found, fix, 0});
        } else {
            report.steps.push_back({one, StepResult::skipped, "not tried", {}, 0});
        }
    }
    return report;
}

}  // namespace haas::driver

// SPDX-License-Identifier: Apache-2.0
//
// What must be true of the values with which a driver completes `diagnose`.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "haas/obm/abi/diagnose.h"
#include "haas/obm/testing/fake_host.hpp"

namespace haas::obm::testing {

// The names in HAAS_OBM_DIAGNOSE_STEPS.
inline std::vector<std::string> diagnose_steps() {
    std::vector<std::string> names(1);
    for (const char c : std::string_view(HAAS_OBM_DIAGNOSE_STEPS)) {
        if (c == ' ') {
            names.emplace_back();
        } else {
            names.back() += c;
        }
    }
    return names;
}

template <class T>
std::optional<T> value_of(const NamedValues& values, const std::string& name) {
    const auto found = std::find_if(values.begin(), values.end(), [&](const Named& one) { return one.name == name; });
    const T* value = found != values.end() ? std::get_if<T>(&found->value) : nullptr;
    return value != nullptr ? std::optional<T>(*value) : std::nullopt;
}

// Sentences about what is wrong with a diagnosis that was made.  `reachable`: all is well with the managed system, but
// for what it may lack (boot, sol).
inline std::vector<std::string> check_diagnosis(const NamedValues& values, bool reachable) {
    std::vector<std::string> findings;
    bool any_failed = false;
    for (const std::string& step : diagnose_steps()) {
        const std::string about = "diagnose: the step " + step + " ";
        const std::string result = value_of<std::string>(values, step + ".result").value_or("");
        const std::string found = value_of<std::string>(values, step + ".found").value_or("");
        const std::string fix = value_of<std::string>(values, step + ".fix").value_or("");
        const bool failed = result == "failed";
        if (result != "ok" && result != "skipped" && !failed) findings.push_back(about + "has no result");
        if (found.empty()) findings.push_back(about + "does not say what was found");
        if (failed && fix.empty()) findings.push_back(about + "failed without saying what to fix");
        if (!failed && !fix.empty()) findings.push_back(about + "says what to fix, and did not fail");
        if (value_of<std::int64_t>(values, step + ".ms").value_or(-1) < 0) {
            findings.push_back(about + "does not tell how long it took");
        }
        any_failed = any_failed || failed;
        if (reachable && failed && step != "boot" && step != "sol") findings.push_back(about + "failed: " + found);
    }
    if (!reachable && !any_failed) {
        findings.emplace_back("diagnose: no step failed although the managed system cannot be reached");
    }
    const auto name_of_a_step = [](const std::string& name) {
        const std::vector<std::string> steps = diagnose_steps();
        const std::size_t dot = std::min(name.find('.'), name.size());
        const std::string what = name.substr(std::min(dot + 1, name.size()));
        return std::find(steps.begin(), steps.end(), name.substr(0, dot)) != steps.end() &&
               (what == "result" || what == "found" || what == "fix" || what == "ms");
    };
    for (const Named& one : values) {
        const bool tells_refusal = one.name == "refused" || one.name == "refused_privilege";
        if (!tells_refusal && !name_of_a_step(one.name)) findings.push_back("diagnose: unknown value " + one.name);
    }
    return findings;
}

}  // namespace haas::obm::testing

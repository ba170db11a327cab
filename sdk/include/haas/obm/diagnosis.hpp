// SPDX-License-Identifier: Apache-2.0
//
// What a diagnosis found, as a driver tells it, and as it crosses to the host.  Included by driver.hpp.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "haas/obm/abi/diagnose.h"

namespace haas::obm {

// What was found on the way to a managed system, step by step; see haas/obm/abi/diagnose.h for what each step is.
class Diagnosis {
public:
    enum class Step : std::size_t { resolve, reach, negotiate, authenticate, chassis, boot, sol };
    enum class Result { skipped, ok, failed };
    struct Finding {
        Result result = Result::skipped;
        std::string found = "not tried";  // one sentence, never a secret
        std::string fix;                  // of a failure: what to do about it
        std::chrono::milliseconds took{0};
    };
    static constexpr std::array<std::string_view, 7> names{"resolve", "reach", "negotiate", "authenticate",
                                                           "chassis", "boot",  "sol"};

    // What is not told is "skipped, not tried".
    void ok(Step step, std::string found, std::chrono::milliseconds took = {}) {
        (*this)[step] = {Result::ok, std::move(found), {}, took};
    }
    void skipped(Step step, std::string why) { (*this)[step] = {Result::skipped, std::move(why), {}, {}}; }
    void failed(Step step, std::string found, std::string fix, std::chrono::milliseconds took = {}) {
        (*this)[step] = {Result::failed, std::move(found), std::move(fix), took};
    }
    // A step has failed because the credentials were refused, or for good the privilege level: the host asks no more until
    // the node's fields change.
    bool credentials_refused = false;
    bool privilege_refused = false;

    Finding& operator[](Step step) { return findings_[static_cast<std::size_t>(step)]; }
    const Finding& operator[](Step step) const { return findings_[static_cast<std::size_t>(step)]; }

private:
    std::array<Finding, names.size()> findings_;
};

namespace detail {

// A diagnosis as the values of haas/obm/abi/diagnose.h.  They point into it, and into this.
struct DiagnosisValues {
    explicit DiagnosisValues(const Diagnosis& diagnosis) {
        constexpr std::array<std::string_view, 3> words{"skipped", "ok", "failed"};
        keys.reserve(4 * Diagnosis::names.size() + 2);  // what stands in it is pointed at
        for (std::size_t i = 0; i < Diagnosis::names.size(); ++i) {
            const std::string step = std::string(Diagnosis::names[i]) + ".";
            const Diagnosis::Finding& finding = diagnosis[static_cast<Diagnosis::Step>(i)];
            add_string(step + "result", words[static_cast<std::size_t>(finding.result)]);
            add_string(step + "found", finding.found);
            if (!finding.fix.empty()) add_string(step + "fix", finding.fix);
            add_number(step + "ms", HAAS_OBM_KIND_INTEGER, finding.took.count());
        }
        if (diagnosis.credentials_refused) add_number("refused", HAAS_OBM_KIND_BOOLEAN, 1);
        if (diagnosis.privilege_refused) add_number("refused_privilege", HAAS_OBM_KIND_BOOLEAN, 1);
    }
    DiagnosisValues(const DiagnosisValues&) = delete;
    DiagnosisValues& operator=(const DiagnosisValues&) = delete;

    std::vector<haas_obm_field> fields;

private:
    haas_obm_text key(std::string name) {
        const std::string& kept = keys.emplace_back(std::move(name));
        return {kept.data(), kept.size()};
    }
    void add_string(std::string name, std::string_view value) {
        fields.push_back({key(std::move(name)), HAAS_OBM_KIND_STRING, 0, {value.data(), value.size()}, 0});
    }
    void add_number(std::string name, std::uint32_t kind, std::int64_t value) {
        fields.push_back({key(std::move(name)), kind, 0, {nullptr, 0}, value});
    }

    std::vector<std::string> keys;
};

}  // namespace detail
}  // namespace haas::obm

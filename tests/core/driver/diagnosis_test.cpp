#include "core/driver/diagnosis.hpp"

#include <catch2/catch.hpp>

using namespace haas;
using namespace haas::driver;

namespace {

// As haas/obm/abi/diagnose.h has it: every step is ok but for the one that the test changes.
Outcome whole() {
    Outcome outcome;
    outcome.status = HAAS_OBM_OK;
    for (const char* step : {"resolve", "reach", "negotiate", "authenticate", "chassis", "boot", "sol"}) {
        const std::string name = step;
        outcome.values.push_back({name + ".result", "ok"});
        outcome.values.push_back({name + ".found", "well"});
        outcome.values.push_back({name + ".ms", std::int64_t{5}});
    }
    return outcome;
}

Field& value(Outcome& outcome, const std::string& name) {
    for (Field& field : outcome.values) {
        if (field.name == name) return field;
    }
    outcome.values.push_back({name, ""});
    return outcome.values.back();
}

std::string defect(const Outcome& outcome) {
    const auto report = to_report(outcome);
    REQUIRE_FALSE(report.has_value());
    CHECK(report.error().code == Errc::internal);
    return report.error().message;
}

}  // namespace

TEST_CASE("a diagnosis is read step by step, in the order of the contract") {
    Outcome outcome = whole();
    value(outcome, "sol.result").value = "failed";
    value(outcome, "sol.fix").value = "Enable serial over LAN";
    value(outcome, "boot.result").value = "skipped";
    std::reverse(outcome.values.begin(), outcome.values.end());
    const DiagnoseReport report = to_report(outcome).value();
    REQUIRE(report.steps.size() == 7);
    CHECK(report.steps.front().name == "resolve");
    CHECK(report.steps.front().result == StepResult::ok);
    CHECK(report.steps.front().ms == 5);
    CHECK(report.steps[5].result == StepResult::skipped);
    CHECK(report.steps[6].name == "sol");
    CHECK(report.steps[6].result == StepResult::failed);
    CHECK(report.steps[6].fix == "Enable serial over LAN");
    CHECK_FALSE(report.credentials_refused);
    outcome.values.push_back({"refused", true});
    CHECK(to_report(outcome).value().credentials_refused);
    CHECK_FALSE(to_report(outcome).value().privilege_refused);
    outcome.values.back() = {"refused_privilege", true};
    CHECK(to_report(outcome).value().privilege_refused);
    CHECK_FALSE(to_report(outcome).value().credentials_refused);
    outcome.values.back() = {"refused_privilege", false};
    CHECK_FALSE(to_report(outcome).value().privilege_refused);
}

TEST_CASE("a diagnosis that lacks something is the driver's defect, and names the step") {
    Outcome outcome = whole();
    SECTION("a result") {
        std::erase_if(outcome.values, [](const Field& one) { return one.name == "chassis.result"; });
        CHECK(defect(outcome) == "the driver's diagnosis is defective: its step chassis has no result");
    }
    SECTION("a result that is one") {
        value(outcome, "chassis.result").value = "perhaps";
        CHECK(defect(outcome) == "the driver's diagnosis is defective: its step chassis has no result");
    }
    SECTION("a sentence") {
        value(outcome, "boot.found").value = "";
        CHECK(defect(outcome) == "the driver's diagnosis is defective: its step boot does not say what was found");
    }
    SECTION("a cure") {
        value(outcome, "reach.result").value = "failed";
        CHECK(defect(outcome) == "the driver's diagnosis is defective: its step reach failed, and does not say how to fix it");
    }
    SECTION("an illness") {
        value(outcome, "reach.fix").value = "Plug it in";
        CHECK(defect(outcome) == "the driver's diagnosis is defective: its step reach did not fail, and says how to fix it");
    }
    SECTION("everything") {
        CHECK(defect(Outcome()) == "the driver's diagnosis is defective: its step resolve has no result");
    }
}

TEST_CASE("a time that is missing or none is zero") {
    Outcome outcome = whole();
    value(outcome, "reach.ms").value = std::int64_t{-1};
    value(outcome, "sol.ms").value = "soon";
    const DiagnoseReport report = to_report(outcome).value();
    CHECK(report.steps[1].ms == 0);
    CHECK(report.steps[6].ms == 0);
}

TEST_CASE("a report without a driver has one step that failed") {
    const DiagnoseReport report = report_of_failure("authenticate", "refused", "change it");
    REQUIRE(report.steps.size() == 7);
    for (const DiagnoseStep& step : report.steps) {
        CHECK(name(step.result) == (step.name == "authenticate" ? "failed" : "skipped"));
        CHECK_FALSE(step.found.empty());
        CHECK(step.fix.empty() == (step.name != "authenticate"));
    }
}

#include "plugins/ipmi/diagnosis.hpp"

#include <string>

#include "plugins/ipmi/command/advice.hpp"

namespace haas::ipmi {
namespace {

using Way = obm::Diagnosis::Step;

// The two lists are one; this is where the compiler is told so.
Way way(Step step) noexcept { return static_cast<Way>(step); }
static_assert(static_cast<unsigned>(Way::sol) == static_cast<unsigned>(Step::sol));

std::string_view privilege_name(Privilege privilege) noexcept {
    switch (privilege) {
        case Privilege::callback: return "callback";
        case Privilege::user: return "user";
        case Privilege::operator_level: return "operator";
        case Privilege::administrator: return "administrator";
        default: return "another level";
    }
}

// No answer in time, of a BMC that is there, is an error like another here.
ErrorClass error_of(const Outcome& outcome) noexcept {
    return outcome.kind == Outcome::Kind::failed ? outcome.error : ErrorClass::unreachable;
}

void fail(obm::Diagnosis& diagnosis, Step at, const Outcome& outcome, WayToBmc::Took took) {
    const std::string found = outcome.sentence.empty() ? "no answer came in time" : outcome.sentence;
    diagnosis.failed(way(at), found, std::string(advice(at, error_of(outcome))), took);
}

}  // namespace

// What lies before the step at which it ended has evidently worked.
void WayToBmc::passed(Way end, const Facts* facts) {
    const std::string where = facts != nullptr ? " at " + facts->address : std::string();
    if (end > Way::resolve) diagnosis_.ok(Way::resolve, "there is an address to send to");
    if (end > Way::reach) diagnosis_.ok(Way::reach, "the BMC answers" + where);
    if (end > Way::negotiate) {
        diagnosis_.ok(Way::negotiate, facts != nullptr ? "cipher suite " + std::to_string(static_cast<int>(facts->suite)) +
                                                  (facts->quirks.names().empty() ? "" : ", with quirks " + facts->quirks.names())
                                            : "both sides have a cipher suite in common");
    }
    if (end > Way::authenticate) {
        diagnosis_.ok(Way::authenticate,
                      facts != nullptr ? "logged in as " + std::string(privilege_name(facts->privilege)) : "the BMC accepts the account");
    }
}

bool WayToBmc::power_asked(const Outcome& outcome, Took took) {
    if (outcome.kind == Outcome::Kind::done) {
        passed(Way::chassis, outcome.facts.get());
        diagnosis_.ok(Way::chassis, outcome.power_on ? "the machine is on" : "the machine is off", took);
        return true;
    }
    const Step end = step_of(error_of(outcome), !outcome.unresolved);
    passed(way(end), nullptr);
    fail(diagnosis_, end, outcome, took);
    diagnosis_.credentials_refused = outcome.final && outcome.error == ErrorClass::credentials;
    diagnosis_.privilege_refused = outcome.final && outcome.error == ErrorClass::privilege;
    return false;
}

void WayToBmc::boot_asked(const Outcome& outcome, std::string_view device, Took took) {
    if (outcome.kind != Outcome::Kind::done) return fail(diagnosis_, Step::boot, outcome, took);
    if (!outcome.boot.valid || device == "none") {
        return diagnosis_.ok(Way::boot, "no boot device is set: the machine boots as its firmware is set up", took);
    }
    const std::string name = device.empty() ? "one that IPMI 2.0 does not name" : std::string(device);
    diagnosis_.ok(Way::boot, "the boot device is " + name + (outcome.boot.persistent ? ", from now on" : ", for the next boot"), took);
}

void WayToBmc::sol_asked(const Outcome& outcome, Took took) {
    if (outcome.kind == Outcome::Kind::failed && outcome.error == ErrorClass::unsupported) {
        // Some BMCs have SOL and do not tell: activating it is the only proof then.
        return diagnosis_.skipped(Way::sol, "the BMC does not tell whether Serial over LAN is enabled: " + outcome.sentence);
    }
    if (outcome.kind != Outcome::Kind::done) return fail(diagnosis_, Step::sol, outcome, took);
    if (outcome.sol_enabled) return diagnosis_.ok(Way::sol, "Serial over LAN is enabled", took);
    diagnosis_.failed(Way::sol, "Serial over LAN is switched off on the BMC",
                      std::string(advice(Step::sol, ErrorClass::unsupported)), took);
}

}  // namespace haas::ipmi

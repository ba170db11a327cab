#include "plugins/mock/diagnosis.hpp"

#include <string>

namespace haas::mock {

using obm::Status;
using Step = obm::Diagnosis::Step;

obm::Diagnosis diagnosis_of(bool on, const Machine::Boot& boot) {
    obm::Diagnosis found;
    found.skipped(Step::resolve, "the mock never looks its host up");
    found.ok(Step::reach, "the machine is simulated, in this process");
    found.skipped(Step::negotiate, "there is nothing to encrypt");
    found.ok(Step::authenticate, "the mock takes every account");
    found.ok(Step::chassis, on ? "the machine is on" : "the machine is off");
    found.ok(Step::boot, "boot device " + boot.device + (boot.persistent ? ", from now on" : ", for the next boot"));
    found.ok(Step::sol, "the machine has a serial console");
    return found;
}

std::optional<obm::Diagnosis> diagnosis_with(Status failure, obm::Final final, obm::Diagnosis well) {
    Step step{};
    switch (failure) {
        case Status::unreachable:
        case Status::timed_out: step = Step::reach; break;
        case Status::cipher:
        case Status::protocol: step = Step::negotiate; break;
        case Status::credentials:
        case Status::privilege:
        case Status::busy: step = Step::authenticate; break;
        case Status::state: step = Step::chassis; break;
        case Status::unsupported: step = Step::boot; break;
        default: return std::nullopt;
    }
    well.failed(step, "the mock fails here, as its fields say", "Change the field fail of this node");
    well.credentials_refused = failure == Status::credentials;
    well.privilege_refused = failure == Status::privilege && final == obm::Final::yes;
    // What a mock lacks it lacks all the same; nothing else is tried any more.
    for (auto later = static_cast<std::size_t>(step) + 1; later < obm::Diagnosis::names.size(); ++later) {
        well.skipped(static_cast<Step>(later), "not tried");
    }
    return well;
}

}  // namespace haas::mock

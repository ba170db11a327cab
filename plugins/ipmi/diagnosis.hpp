// What three questions to a BMC (power, boot flags, SOL) tell about the way to it: a login that failed says how far it
// got.  Pure: outcomes of the engine go in, a diagnosis comes out.  Asks nothing itself.
#pragma once

#include <chrono>
#include <string_view>

#include "haas/obm/diagnosis.hpp"
#include "plugins/ipmi/engine/bmc.hpp"
#include "plugins/ipmi/engine/operation.hpp"

namespace haas::ipmi {

class WayToBmc {
public:
    using Took = std::chrono::milliseconds;

    // In this order.  A login is part of the first question, so that its time stands there.  False: it got no further,
    // and there is nothing more to ask.
    bool power_asked(const Outcome& outcome, Took took);
    // `device` is the name of what the outcome holds; empty where it has none.
    void boot_asked(const Outcome& outcome, std::string_view device, Took took);
    void sol_asked(const Outcome& outcome, Took took);

    const obm::Diagnosis& diagnosis() const noexcept { return diagnosis_; }

private:
    void passed(obm::Diagnosis::Step end, const Facts* facts);

    obm::Diagnosis diagnosis_;
};

}  // namespace haas::ipmi

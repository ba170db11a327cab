#include "plugins/ipmi/command/advice.hpp"

namespace haas::ipmi {
namespace {

// Of a command inside a session.
std::string_view advice_behind_login(Step step, ErrorClass error) noexcept {
    switch (error) {
        case ErrorClass::privilege:
            return "Give the account at least the level operator on the BMC's LAN channel, or ask for a lower one in the field "
                   "privilege";
        case ErrorClass::unreachable: return "The BMC fell silent in the middle: look at its network port, and try again";
        case ErrorClass::busy: return "The BMC is busy: try again in a minute, and reset it if that lasts";
        case ErrorClass::state: return "Bring the machine into another power state, and try again";
        default: break;
    }
    if (step == Step::sol) return "Enable Serial over LAN on the BMC, or do without the console of this node";
    if (step == Step::boot) return "Update the BMC's firmware, or choose the boot device in the machine's own set-up";
    return "Update the BMC's firmware, or reset the BMC";
}

}  // namespace

Step step_of(ErrorClass error, bool resolved) noexcept {
    if (!resolved) return Step::resolve;
    switch (error) {
        case ErrorClass::unreachable: return Step::reach;
        case ErrorClass::cipher:
        case ErrorClass::protocol: return Step::negotiate;
        case ErrorClass::credentials:
        case ErrorClass::privilege:
        case ErrorClass::busy: return Step::authenticate;
        case ErrorClass::unsupported:
        case ErrorClass::state: break;
    }
    return Step::chassis;
}

std::string_view advice(Step step, ErrorClass error) noexcept {
    switch (step) {
        case Step::resolve: return "Correct the field host, or the name service that this daemon asks";
        case Step::reach:
            return "Look whether the BMC has power and network, IPMI over LAN is enabled on it, and its UDP port (623 where "
                   "host names none) is open from here to there";
        case Step::negotiate:
            return error == ErrorClass::cipher
                       ? "Enable cipher suite 17 on the BMC (or 3), and look at the field cipher_suite of this node"
                       : "Look whether IPMI 2.0 answers at this address, and set the quirks that this model needs in the field "
                         "quirks";
        case Step::authenticate:
            if (error == ErrorClass::busy) return "End sessions that nobody needs on the BMC, or wait a minute until it forgets them";
            if (error == ErrorClass::privilege) return advice_behind_login(step, error);
            return "Set user, password and kg of this node to what the BMC has, and look whether the account may use IPMI over LAN";
        case Step::chassis:
        case Step::boot:
        case Step::sol: break;
    }
    return advice_behind_login(step, error);
}

}  // namespace haas::ipmi

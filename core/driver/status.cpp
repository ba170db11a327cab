#include "core/driver/status.hpp"

namespace haas::driver {

Errc to_errc(haas_obm_status status) noexcept {
    switch (status) {
        case HAAS_OBM_INVALID: return Errc::invalid;
        case HAAS_OBM_UNSUPPORTED: return Errc::unsupported;
        case HAAS_OBM_UNREACHABLE: return Errc::unreachable;
        case HAAS_OBM_CREDENTIALS: return Errc::credentials_rejected;
        case HAAS_OBM_PRIVILEGE: return Errc::privilege;
        case HAAS_OBM_CIPHER: return Errc::cipher;
        case HAAS_OBM_BUSY: return Errc::busy;
        case HAAS_OBM_STATE: return Errc::state;
        case HAAS_OBM_PROTOCOL: return Errc::protocol;
        case HAAS_OBM_TIMED_OUT: return Errc::timed_out;
        case HAAS_OBM_CANCELLED: return Errc::cancelled;
        default: return Errc::internal;
    }
}

namespace {

// May it stay so until a node's fields change?  What comes of the moment may not, whatever the driver says.
bool may_be_final(Errc code) noexcept {
    return code == Errc::credentials_rejected || code == Errc::privilege || code == Errc::cipher || code == Errc::unsupported ||
           code == Errc::invalid;
}

}  // namespace

Error to_error(const Outcome& outcome, bool changes) {
    std::string message = outcome.message;
    if (message.empty()) message = "the driver gave no reason (status " + std::to_string(outcome.status) + ")";
    const Errc code = to_errc(outcome.status);
    const bool final = code == Errc::credentials_rejected || (outcome.final && may_be_final(code));
    return {code, std::move(message), changes ? outcome.effect : Effect::none, final};
}

}  // namespace haas::driver

#include "core/base/errc.hpp"

namespace haas {

std::string_view name(Errc code) noexcept {
    switch (code) {
        case Errc::invalid: return "invalid";
        case Errc::bad_argument: return "bad_argument";
        case Errc::unauthenticated: return "unauthenticated";
        case Errc::forbidden: return "forbidden";
        case Errc::not_found: return "not_found";
        case Errc::duplicate: return "duplicate";
        case Errc::conflict: return "conflict";
        case Errc::state: return "state";
        case Errc::unsupported: return "unsupported";
        case Errc::unreachable: return "unreachable";
        case Errc::credentials_rejected: return "credentials";
        case Errc::privilege: return "privilege";
        case Errc::cipher: return "cipher";
        case Errc::protocol: return "protocol";
        case Errc::busy: return "busy";
        case Errc::timed_out: return "timeout";
        case Errc::cancelled: return "cancelled";
        case Errc::internal: return "internal";
    }
    return "internal";
}

}  // namespace haas

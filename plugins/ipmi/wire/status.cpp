#include "plugins/ipmi/wire/status.hpp"

namespace haas::ipmi {

std::string_view describe(Status status) noexcept {
    switch (status) {
        case Status::ok: return "no errors";
        case Status::insufficient_resources: return "insufficient resources to create a session";
        case Status::invalid_session_id: return "invalid session ID";
        case Status::invalid_payload_type: return "invalid payload type";
        case Status::invalid_authentication_algorithm: return "invalid authentication algorithm";
        case Status::invalid_integrity_algorithm: return "invalid integrity algorithm";
        case Status::no_matching_authentication_payload: return "no matching authentication payload";
        case Status::no_matching_integrity_payload: return "no matching integrity payload";
        case Status::inactive_session_id: return "inactive session ID";
        case Status::invalid_role: return "invalid role";
        case Status::unauthorized_role: return "unauthorized role or privilege level requested";
        case Status::insufficient_resources_for_role: return "insufficient resources to create a session at this role";
        case Status::invalid_name_length: return "invalid name length";
        case Status::unauthorized_name: return "unauthorized name";
        case Status::unauthorized_guid: return "unauthorized GUID";
        case Status::invalid_integrity_check_value: return "invalid integrity check value";
        case Status::invalid_confidentiality_algorithm: return "invalid confidentiality algorithm";
        case Status::no_cipher_suite_match: return "no cipher suite match";
        case Status::illegal_parameter: return "illegal or unrecognized parameter";
    }
    return "a status outside the specification";
}

}  // namespace haas::ipmi

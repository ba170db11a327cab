// What a BMC says about a step of the handshake.  IPMI 2.0 section 13.24, table 13-15: RMCP+ and RAKP status codes.
#pragma once

#include <cstdint>
#include <string_view>

namespace haas::ipmi {

enum class Status : std::uint8_t {
    ok = 0x00,
    insufficient_resources = 0x01,
    invalid_session_id = 0x02,
    invalid_payload_type = 0x03,
    invalid_authentication_algorithm = 0x04,
    invalid_integrity_algorithm = 0x05,
    no_matching_authentication_payload = 0x06,
    no_matching_integrity_payload = 0x07,
    inactive_session_id = 0x08,
    invalid_role = 0x09,
    unauthorized_role = 0x0a,
    insufficient_resources_for_role = 0x0b,
    invalid_name_length = 0x0c,
    unauthorized_name = 0x0d,
    unauthorized_guid = 0x0e,
    invalid_integrity_check_value = 0x0f,
    invalid_confidentiality_algorithm = 0x10,
    no_cipher_suite_match = 0x11,
    illegal_parameter = 0x12,
};

// In the words of the specification: "unauthorized name".
std::string_view describe(Status status) noexcept;

}  // namespace haas::ipmi

// The payloads that set a session up: Open Session and RAKP 1 to 4 (IPMI 2.0 sections 13.17 to 13.24), as bytes.
// It knows no user and no key.
#pragma once

#include <optional>
#include <string>

#include "tools/bmcsim/algorithms.hpp"
#include "tools/bmcsim/octets.hpp"

namespace haas::bmcsim {

// RMCP+ status codes (IPMI 2.0 table 13-15) that this BMC says.
enum class Status : std::uint8_t {
    ok = 0x00,
    no_resources = 0x01,
    invalid_session = 0x02,
    invalid_authentication = 0x04,
    invalid_integrity = 0x05,
    invalid_role = 0x09,
    unauthorized_role = 0x0A,
    invalid_name_length = 0x0C,
    unauthorized_name = 0x0D,
    invalid_check_value = 0x0F,
    invalid_confidentiality = 0x10,
    no_suite_matches = 0x11,
    illegal_parameter = 0x12,
};

struct OpenSessionRequest {
    std::uint8_t tag = 0;
    std::uint8_t privilege = 0;  // 0: the highest that the algorithms allow
    std::uint32_t console_id = 0;
    // The proposed algorithms; nothing where the console leaves the choice to the BMC (payload length 0).
    std::optional<std::uint8_t> authentication;
    std::optional<std::uint8_t> integrity;
    std::optional<std::uint8_t> confidentiality;
};
// Nothing unless it is exactly 32 bytes of three well-formed algorithm payloads.
std::optional<OpenSessionRequest> decode_open_session(Octets payload) noexcept;
void encode_open_session_error(Packet& out, std::uint8_t tag, std::uint8_t status, std::uint32_t console_id);
void encode_open_session(Packet& out, std::uint8_t tag, std::uint8_t privilege, std::uint32_t console_id,
                         std::uint32_t bmc_id, const CipherSuite& suite);

struct Rakp1 {
    std::uint8_t tag = 0;
    std::uint32_t bmc_id = 0;
    std::array<std::uint8_t, 16> console_random{};
    std::uint8_t role = 0;  // the whole byte: it goes into the hashes as it came
    std::size_t name_length = 0;
    Octets name_field;  // all behind the name length, which may be longer or shorter than it says
};
std::optional<Rakp1> decode_rakp1(Octets payload) noexcept;

struct Rakp3 {
    std::uint8_t tag = 0;
    std::uint8_t status = 0;
    std::uint32_t bmc_id = 0;
    Octets code;
};
std::optional<Rakp3> decode_rakp3(Octets payload) noexcept;

// RAKP 2 and 4 begin alike: tag, status, two reserved bytes, the console's session ID.
void encode_rakp_front(Packet& out, std::uint8_t tag, Status status, std::uint32_t console_id);

}  // namespace haas::bmcsim

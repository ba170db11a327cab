// Open Session: which algorithms, which privilege level, and the two session IDs.
// IPMI 2.0 sections 13.17 (request, table 13-9) and 13.18 (response, table 13-10).
#pragma once

#include <cstdint>
#include <optional>

#include "plugins/ipmi/wire/algorithms.hpp"
#include "plugins/ipmi/wire/bytes.hpp"

namespace haas::ipmi {

struct OpenSessionRequest {
    std::uint8_t tag = 0;
    Privilege privilege = Privilege::highest;  // `highest`: what the algorithms allow
    std::uint32_t console_id = 0;              // SID_M
    // One proposal each: most BMCs accept no list (gebn/bmc issue 50).
    Algorithms algorithms;
};

struct OpenSessionResponse {
    std::uint8_t tag = 0;
    std::uint8_t status = 0;  // 0, or a Status; the fields behind console_id are only there when it is 0
    std::uint8_t privilege = 0;
    std::uint32_t console_id = 0;
    std::uint32_t bmc_id = 0;  // SID_C
    Algorithms algorithms;
};

// Append to `out`.
void encode(const OpenSessionRequest& request, Bytes& out);
void encode(const OpenSessionResponse& response, Bytes& out);
std::optional<OpenSessionRequest> decode_open_session_request(ByteView payload) noexcept;
// Of an error only tag and status are sure to be there, and anything may follow; a console_id left out reads as 0.
std::optional<OpenSessionResponse> decode_open_session_response(ByteView payload) noexcept;

}  // namespace haas::ipmi

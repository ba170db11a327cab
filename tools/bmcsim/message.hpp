// The IPMI message inside a payload (IPMI 2.0 section 13.8): addresses, netFn, command, checksums.  It knows no command.
#pragma once

#include <optional>

#include "tools/bmcsim/octets.hpp"

namespace haas::bmcsim {

struct Request {
    std::uint8_t netfn = 0;
    std::uint8_t lun = 0;
    std::uint8_t command = 0;
    std::uint8_t requester = 0x81;
    std::uint8_t sequence = 0;  // rqSeq, six bits
    std::uint8_t requester_lun = 0;
    Octets data;
};

// Nothing for a message that is too short, has a wrong checksum, is a response, or is not for the BMC itself.
std::optional<Request> decode_request(Octets message) noexcept;

// The answer to a request: `spoilt` gives it the wrong checksums of some Supermicro boards.
void encode_response(Packet& out, const Request& request, std::uint8_t completion, Octets data, bool spoilt);

// A request of the BMC's own to the remote console, as "SOL activating" is.
void encode_request(Packet& out, std::uint8_t netfn, std::uint8_t command, std::uint8_t sequence, Octets data);

// Two's complement of the sum, so that bytes and checksum add up to zero.
std::uint8_t checksum(Octets octets) noexcept;

}  // namespace haas::bmcsim

#include "tools/bmcsim/message.hpp"

#include <numeric>

namespace haas::bmcsim {
namespace {

constexpr std::uint8_t bmc_address = 0x20;
constexpr std::uint8_t console_address = 0x81;

}  // namespace

std::uint8_t checksum(Octets octets) noexcept { return octet(0U - std::accumulate(octets.begin(), octets.end(), 0U)); }

std::optional<Request> decode_request(Octets message) noexcept {
    if (message.size() < 7) {
        return std::nullopt;
    }
    if (checksum(message.first(2)) != message[2] || checksum(message.subspan(3, message.size() - 4)) != message.back()) {
        return std::nullopt;
    }
    Request request;
    request.netfn = octet(message[1] >> 2);
    request.lun = message[1] & 0x03;
    request.requester = message[3];
    request.sequence = octet(message[4] >> 2);
    request.requester_lun = message[4] & 0x03;
    request.command = message[5];
    request.data = message.subspan(6, message.size() - 7);
    if (message[0] != bmc_address || (request.netfn & 1) != 0) {
        return std::nullopt;
    }
    return request;
}

void encode_response(Packet& out, const Request& request, std::uint8_t completion, Octets data, bool spoilt) {
    const std::size_t start = out.size();
    const unsigned error = spoilt ? 1U : 0U;
    out.u8(request.requester).u8(static_cast<unsigned>((request.netfn | 1) << 2 | request.requester_lun));
    out.u8(checksum(out.view().subspan(start)) + error);
    const std::size_t second = out.size();
    out.u8(bmc_address).u8(static_cast<unsigned>(request.sequence << 2 | request.lun)).u8(request.command);
    out.u8(completion).octets(data);
    out.u8(checksum(out.view().subspan(second)) + error);
}

void encode_request(Packet& out, std::uint8_t netfn, std::uint8_t command, std::uint8_t sequence, Octets data) {
    const std::size_t start = out.size();
    out.u8(console_address).u8(static_cast<unsigned>(netfn << 2));
    out.u8(checksum(out.view().subspan(start)));
    const std::size_t second = out.size();
    out.u8(bmc_address).u8(static_cast<unsigned>(sequence << 2)).u8(command).octets(data);
    out.u8(checksum(out.view().subspan(second)));
}

}  // namespace haas::bmcsim

#include "tools/bmcsim/login_messages.hpp"

namespace haas::bmcsim {
namespace {

// One algorithm payload: its type, reserved, length, the algorithm, reserved.  False when it is not well-formed.
bool decode_algorithm(Cursor& in, std::uint8_t type, std::optional<std::uint8_t>& algorithm) noexcept {
    const std::uint8_t seen = in.u8();
    in.u16();
    const std::uint8_t length = in.u8();
    const std::uint8_t number = in.u8() & 0x3F;
    in.take(3);
    if (length == 8) {
        algorithm = number;
    }
    return in.ok() && seen == type && (length == 8 || length == 0);
}

template <class Algorithm>
void encode_algorithm(Packet& out, unsigned type, Algorithm algorithm) {
    out.octets({type, 0U, 0U, 8U, static_cast<unsigned>(algorithm), 0U, 0U, 0U});
}

}  // namespace

std::optional<OpenSessionRequest> decode_open_session(Octets payload) noexcept {
    Cursor in(payload);
    OpenSessionRequest request;
    request.tag = in.u8();
    request.privilege = in.u8() & 0x0F;
    in.u16();
    request.console_id = in.u32();
    const bool whole = decode_algorithm(in, 0, request.authentication) && decode_algorithm(in, 1, request.integrity) &&
                       decode_algorithm(in, 2, request.confidentiality);
    if (!whole || in.left() != 0) {
        return std::nullopt;
    }
    return request;
}

void encode_open_session_error(Packet& out, std::uint8_t tag, std::uint8_t status, std::uint32_t console_id) {
    out.u8(tag).u8(status).u16(0).u32(console_id);
}

void encode_open_session(Packet& out, std::uint8_t tag, std::uint8_t privilege, std::uint32_t console_id,
                         std::uint32_t bmc_id, const CipherSuite& suite) {
    out.u8(tag).u8(static_cast<unsigned>(Status::ok)).u8(privilege).u8(0).u32(console_id).u32(bmc_id);
    encode_algorithm(out, 0, suite.authentication);
    encode_algorithm(out, 1, suite.integrity);
    encode_algorithm(out, 2, suite.confidentiality);
}

std::optional<Rakp1> decode_rakp1(Octets payload) noexcept {
    Cursor in(payload);
    Rakp1 message;
    message.tag = in.u8();
    in.take(3);
    message.bmc_id = in.u32();
    const Octets random = in.take(16);
    message.role = in.u8();
    in.u16();
    message.name_length = in.u8();
    if (!in.ok()) {
        return std::nullopt;
    }
    std::copy(random.begin(), random.end(), message.console_random.begin());
    message.name_field = in.rest();
    return message;
}

std::optional<Rakp3> decode_rakp3(Octets payload) noexcept {
    Cursor in(payload);
    Rakp3 message;
    message.tag = in.u8();
    message.status = in.u8();
    in.u16();
    message.bmc_id = in.u32();
    if (!in.ok()) {
        return std::nullopt;
    }
    message.code = in.rest();
    return message;
}

void encode_rakp_front(Packet& out, std::uint8_t tag, Status status, std::uint32_t console_id) {
    out.u8(tag).u8(static_cast<unsigned>(status)).u16(0).u32(console_id);
}

}  // namespace haas::bmcsim

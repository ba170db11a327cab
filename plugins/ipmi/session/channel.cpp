#include "plugins/ipmi/session/channel.hpp"

namespace haas::ipmi {

void Channel::seal(PayloadType type, ByteView payload, Random& random, Bytes& out) {
    if (++sequence_ == 0) sequence_ = 1;  // 0 means "outside a session"
    out.clear();
    Writer writer(out);
    RmcppHeader header;
    header.type = type;
    header.encrypted = true;
    header.authenticated = true;
    header.session_id = remote_;
    header.sequence = sequence_;
    header.payload_size = static_cast<std::uint16_t>(Confidentiality::encrypted_size(payload.size()));
    write_rmcp_and_session_header(writer, header);
    confidentiality_.encrypt(payload, random, out);
    write_trailer(writer, 0, pad_rule_);
    const Digest code = integrity_.code(writer.since(rmcpp_authenticated_offset));
    writer.bytes(code.view());
}

std::optional<OpenedPayload> Channel::open(std::span<std::uint8_t> datagram) {
    const auto packet = decode_rmcpp(datagram, integrity_.code_bytes());
    if (!packet) return std::nullopt;
    const RmcppHeader& header = packet->header;
    if (!header.authenticated && quirks_.has(Quirk::clear_flag)) return open_unauthenticated(datagram);
    // Both were negotiated: a packet without one is not the BMC's, whatever its flags claim.
    if (!header.authenticated || !header.encrypted) return std::nullopt;
    if (header.session_id != local_ || !window_.would_accept(header.sequence)) return std::nullopt;
    if (!integrity_.verifies(packet->authenticated, packet->auth_code)) return std::nullopt;
    const auto data = confidentiality_.decrypt(datagram.subspan(rmcpp_payload_offset, header.payload_size));
    if (!data) return std::nullopt;
    window_.accept(header.sequence);
    return OpenedPayload{header.type, *data, header.sequence};
}

// Anybody could have sent this: whoever pins `clear_flag` to a node has chosen so.
std::optional<OpenedPayload> Channel::open_unauthenticated(std::span<std::uint8_t> datagram) const {
    const auto packet = decode_rmcpp(datagram, 0);
    if (!packet || packet->header.session_id != local_) return std::nullopt;
    const auto payload = datagram.subspan(rmcpp_payload_offset, packet->header.payload_size);
    if (!packet->header.encrypted) return OpenedPayload{packet->header.type, payload, 0};
    const auto data = confidentiality_.decrypt(payload);
    if (!data) return std::nullopt;
    return OpenedPayload{packet->header.type, *data, 0};
}

}  // namespace haas::ipmi

// A BMC's packets inside sessions: protection taken off and put on (IPMI 2.0 section 13.6), and SOL handed on.
#include "tools/bmcsim/bmc.hpp"

namespace haas::bmcsim {
namespace {

constexpr std::uint8_t next_header = 0x07;

// Bytes of integrity pad that this BMC puts, and demands, behind so many bytes.
std::size_t pad_size(const Profile& profile, std::size_t covered) noexcept {
    if (profile.has(Quirk::icts)) {
        return (4 - covered % 4) % 4;
    }
    const std::size_t right = (4 - (covered + 2) % 4) % 4;
    return right == 0 && profile.has(Quirk::phosphor_pad) ? 4 : right;
}

bool strict_about_pad(const Profile& profile) noexcept {
    return profile.has(Quirk::icts) || profile.has(Quirk::phosphor_pad);
}

}  // namespace

void Bmc::receive_in_session(const SessionPacket& packet, Peer from, Context& context) {
    Session* session = this->session(packet.session_id);
    if (session == nullptr || session->stage != Session::Stage::active) {
        ++counters_.unknown_session;
        return;
    }
    Packet plain;
    if (!unwrap(packet, *session, context, plain)) {
        return;
    }
    session->last_heard = context.now;
    session->peer = from;
    switch (static_cast<PayloadType>(packet.type)) {
        case PayloadType::ipmi: receive_command(*session, plain.view(), context); break;
        case PayloadType::sol: receive_sol(*session, plain.view(), context); break;
        default: ++counters_.malformed; break;
    }
}

bool Bmc::unwrap(const SessionPacket& packet, Session& session, Context& context, Packet& plain) {
    const bool integrity = session.suite.integrity != Integrity::none;
    const bool confidentiality = session.suite.confidentiality != Confidentiality::none;
    if ((integrity && !packet.authenticated) || (confidentiality && !packet.encrypted)) {
        ++counters_.unprotected;
        return false;
    }
    if (integrity != packet.authenticated || confidentiality != packet.encrypted ||
        (!integrity && !packet.behind.empty())) {
        ++counters_.malformed;
        return false;
    }
    if (integrity) {
        const auto trailer = decode_trailer(packet, auth_code_size(session.suite.integrity));
        const std::size_t front = packet.covered.size() - packet.behind.size();
        if (!trailer || (strict_about_pad(*profile_) && trailer->pad != pad_size(*profile_, front))) {
            ++counters_.malformed;
            return false;
        }
        const Digest code = context.crypto.auth_code(session.suite.integrity, session.k1.view(), trailer->covered);
        if (!same(code.view(), trailer->auth_code)) {
            ++counters_.bad_mac;
            return false;
        }
    }
    // Without integrity some consoles count their packets, and some send 0 for ever.
    const bool uncounted = !integrity && packet.sequence == 0;
    switch (uncounted ? ReplayWindow::Verdict::fresh : session.window.take(packet.sequence)) {
        case ReplayWindow::Verdict::fresh: break;
        case ReplayWindow::Verdict::repeated: ++counters_.replays; return false;
        case ReplayWindow::Verdict::outside: ++counters_.outside_window; return false;
    }
    if (packet.payload.size() > Packet::capacity ||
        (confidentiality && !context.crypto.decrypt(plain, session.aes_key, packet.payload))) {
        ++counters_.malformed;
        return false;
    }
    if (!confidentiality) {
        plain.octets(packet.payload);
    }
    return true;
}

void Bmc::receive_sol(Session& session, Octets payload, Context& context) {
    if (serial_ == nullptr || serial_->owner != session.bmc_id) {
        return;
    }
    const bool available = machine_.on() || !profile_->has(Quirk::sol_nack_when_off);
    std::string typed;
    Packet answer;
    if (serial_->sol.receive(payload, context.now, *profile_, available, typed, answer, counters_)) {
        send(session, PayloadType::sol, answer.view(), context);
    }
    if (machine_.on() && !typed.empty()) {
        serial_->sol.write(serial_->console.echo(typed, *profile_), context.now);
    }
}

void Bmc::send(Session& session, PayloadType type, Octets payload, Context& context) {
    const bool bare = profile_->has(Quirk::clear_flag);
    session.sequence += profile_->has(Quirk::skip_sequence) ? 2U : 1U;
    SessionHeader header{static_cast<std::uint8_t>(type), false, false, session.console_id, session.sequence};
    header.encrypted = !bare && session.suite.confidentiality != Confidentiality::none;
    header.authenticated = !bare && session.suite.integrity != Integrity::none;
    Packet encrypted;
    if (header.encrypted) {
        const auto iv = random_.octets16();
        context.crypto.encrypt(encrypted, session.aes_key, iv, payload);
    }
    Packet datagram;
    encode_rmcpp(datagram, header, header.encrypted ? encrypted.view() : payload);
    if (header.authenticated) {
        add_trailer(datagram, session, context);
    }
    context.out.send(*this, session.peer, datagram.view());
}

void Bmc::add_trailer(Packet& out, const Session& session, Context& context) {
    const std::size_t pad = pad_size(*profile_, out.size() - rmcp_size);
    out.fill(pad, 0xFF).u8(static_cast<unsigned>(pad)).u8(next_header);
    out.octets(context.crypto.auth_code(session.suite.integrity, session.k1.view(), out.view().subspan(rmcp_size)).view());
}

}  // namespace haas::bmcsim

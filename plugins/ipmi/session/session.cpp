#include "plugins/ipmi/session/session.hpp"

#include "plugins/ipmi/wire/reader.hpp"
#include "plugins/ipmi/wire/rmcpp.hpp"

namespace haas::ipmi {

using Stage = HandshakeFailure::Stage;
using Reason = HandshakeFailure::Reason;

Session::Session(const HandshakeSettings& settings, const Credentials& credentials, const Timing& timing,
                 Random& random, Time now, Bytes& out)
    : settings_(settings), timing_(timing), random_(&random) {
    // Fresh ones for each attempt, so that a late reply to the last attempt is not taken for one to this.  0 is the
    // session ID of no session.
    do {
        console_id_ = random.u32();
    } while (console_id_ == 0);
    tag_ = static_cast<std::uint8_t>(random.u32());
    AwaitOpenSession state;
    state.credentials = &credentials;
    state.sent = now;
    send_open_session(state, now, out);
    state_ = state;
}

Event Session::receive(std::span<std::uint8_t> datagram, Time now, Bytes& out) {
    out.clear();
    if (is_over()) return drop();
    if (established() || std::holds_alternative<Closing>(state_)) return on_message(datagram);
    const auto packet = decode_rmcpp(datagram, 0);
    if (!packet || packet->header.authenticated || packet->header.encrypted || packet->header.session_id != 0 ||
        packet->payload.empty()) {
        return drop();
    }
    const PayloadType type = packet->header.type;
    if (std::holds_alternative<AwaitOpenSession>(state_) && type == PayloadType::open_session_response) {
        return on_open_session_response(packet->payload, now, out);
    }
    if (std::holds_alternative<AwaitRakp2>(state_) && type == PayloadType::rakp2) {
        return on_rakp2(packet->payload, now, out);
    }
    if (std::holds_alternative<AwaitRakp4>(state_) && type == PayloadType::rakp4) {
        return on_rakp4(packet->payload, now, out);
    }
    if (std::holds_alternative<Withdrawing>(state_) && type == PayloadType::open_session_response) {
        return on_withdrawn(packet->payload, out);
    }
    return drop();
}

Event Session::expire(Time now, Bytes& out) {
    out.clear();
    const auto due = deadline();
    if (!due || now < *due) return Nothing{};
    if (auto* opening = std::get_if<AwaitOpenSession>(&state_)) {
        if (opening->sends >= timing_.open_session_sends) return fail({Stage::open_session, Reason::silence, 0});
        send_open_session(*opening, now, out);
        return Nothing{};
    }
    if (const auto* asked = std::get_if<AwaitRakp2>(&state_)) {
        refuse(asked->bmc_id, Status::insufficient_resources, out);
        return fail({Stage::rakp2, Reason::silence, 0});
    }
    if (std::holds_alternative<AwaitRakp4>(state_)) return fail_and_close({Stage::rakp4, Reason::silence, 0}, now, out);
    if (std::holds_alternative<Withdrawing>(state_)) {
        state_ = Over{};
        return Closed{};
    }
    if (auto* active = std::get_if<Active>(&state_)) return expire_request(*active, now, out);
    auto& closing = std::get<Closing>(state_);
    // A BMC that we have never heard of in this session may be one that drops our padding (`icts`), which was not pinned: its
    // slot is to be free again all the same.
    const bool unheard = closing.channel.seen_sequence() == 0;
    if (closing.pending.sends < timing_.close_sends + (unheard ? 1U : 0U)) {
        if (unheard) closing.channel.pad_otherwise();
        send_pending(closing.channel, closing.pending, now, out);
        return Nothing{};
    }
    state_ = Over{};
    return Closed{};
}

std::optional<Time> Session::deadline() const noexcept {
    if (const auto* s = std::get_if<AwaitOpenSession>(&state_)) return s->deadline;
    if (const auto* s = std::get_if<AwaitRakp2>(&state_)) return s->deadline;
    if (const auto* s = std::get_if<AwaitRakp4>(&state_)) return s->deadline;
    if (const auto* s = std::get_if<Withdrawing>(&state_)) return s->deadline;
    if (const auto* s = std::get_if<Closing>(&state_)) return s->pending.deadline;
    if (const auto* s = std::get_if<Active>(&state_); s != nullptr && s->pending) return s->pending->deadline;
    return std::nullopt;
}

bool Session::ready() const noexcept {
    const auto* active = std::get_if<Active>(&state_);
    return active != nullptr && !active->pending;
}

Event Session::drop() noexcept {
    ++dropped_;
    return Nothing{};
}

Event Session::fail(const HandshakeFailure& failure) noexcept {
    state_ = Over{};
    return HandshakeFailed{failure};
}

Time Session::after(Time now, Duration wait) {
    std::uint8_t jitter = 0;
    random_->fill({&jitter, 1});
    const Time least = now + wait;
    const Time drawn = least + wait / 1024 * jitter;
    Time on_tick = std::chrono::floor<Tick>(drawn);
    if (on_tick < least) on_tick += Tick(1);
    return on_tick <= least + wait / 4 ? on_tick : drawn;
}

std::optional<std::uint32_t> console_session_id(ByteView datagram) noexcept {
    const auto header = peek_rmcpp_header(datagram);
    if (!header) return std::nullopt;
    if (header->session_id != 0) return header->session_id;
    switch (header->type) {
        case PayloadType::open_session_response:
        case PayloadType::rakp2:
        case PayloadType::rakp4: break;
        default: return 0;
    }
    Reader payload(datagram.subspan(rmcpp_payload_offset));
    payload.u32le();  // tag, status, privilege or reserved
    return payload.u32le();
}

}  // namespace haas::ipmi

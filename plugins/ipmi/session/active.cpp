// The active session's steps of Session: one request in flight, its repeats, its answer, and the close.
// IPMI 2.0 sections 6.12 and 13.8 (matching of answers).
#include "plugins/ipmi/session/active.hpp"

#include <cassert>

#include "plugins/ipmi/command/session.hpp"
#include "plugins/ipmi/session/session.hpp"
#include "plugins/ipmi/wire/message.hpp"

namespace haas::ipmi {
namespace {

constexpr std::uint8_t duplicate_request = 0xcf;
constexpr std::uint8_t rq_seq_mask = 0x3f;
constexpr std::uint8_t sol_activating = 0x20;  // the BMC's request, of network function Transport

// Each repeat has the rqSeq after the last one's, and all of them are accepted.
bool is_a_number_of(std::uint8_t rq_seq, const Pending& pending) noexcept {
    const unsigned numbers = pending.request.repeat == Repeat::anew ? pending.sends : 1;
    return ((rq_seq - pending.rq_seq) & rq_seq_mask) < static_cast<int>(numbers);
}

bool answers(const Message& message, const Pending& pending) noexcept {
    return message.netfn == static_cast<std::uint8_t>(pending.request.netfn) + 1 &&
           message.command == pending.request.command && is_a_number_of(message.rq_seq, pending) && !message.body.empty();
}

}  // namespace

void Session::send_pending(Channel& channel, Pending& pending, Time now, Bytes& out) {
    if (!pending.datagram.empty()) {
        out.assign(pending.datagram.begin(), pending.datagram.end());
    } else {
        thread_local Bytes payload;  // keeps its memory
        payload.clear();
        Message message;
        message.netfn = static_cast<std::uint8_t>(pending.request.netfn);
        // Some BMCs know a repeat by its rqSeq, and answer it with no more than CFh.
        message.rq_seq = next_rq_seq_;
        if (pending.sends == 0) pending.rq_seq = next_rq_seq_;
        next_rq_seq_ = (next_rq_seq_ + 1) & rq_seq_mask;
        message.command = pending.request.command;
        message.body = pending.request.data;
        encode_message(message, payload);
        channel.seal(PayloadType::ipmi, payload, *random_, out);
        if (pending.request.repeat == Repeat::identical) pending.datagram = out;
    }
    const bool closing = std::holds_alternative<Closing>(state_);
    pending.deadline = after(now, closing ? timing_.close_wait
                                          : timing_.command_wait + pending.sends * timing_.command_growth);
    ++pending.sends;
}

void Session::send(Request request, Time now, Bytes& out) {
    assert(ready());
    Active& active = std::get<Active>(state_);
    if (request.repeat == Repeat::identical) active.parked.reset();
    active.pending.emplace();
    active.pending->request = std::move(request);
    send_pending(active.channel, *active.pending, now, out);
}

Event Session::expire_request(Active& active, Time now, Bytes& out) {
    Pending& pending = *active.pending;
    const bool repeatable = pending.request.repeat == Repeat::anew;
    if (repeatable && pending.sends < timing_.command_sends) {
        send_pending(active.channel, pending, now, out);
        return Nothing{};
    }
    const NoAnswer silence{pending.sends};
    if (!repeatable) active.parked = std::make_unique<Pending>(std::move(pending));
    active.pending.reset();
    return silence;
}

void Session::send_sol(ByteView payload, Bytes& out) {
    assert(established());
    Active& active = std::get<Active>(state_);
    ++active.sol_sent;
    active.channel.seal(PayloadType::sol, payload, *random_, out);
}

void Session::park() {
    Active& active = std::get<Active>(state_);
    assert(active.pending && active.pending->request.repeat == Repeat::identical);
    active.parked = std::make_unique<Pending>(std::move(*active.pending));
    active.pending.reset();
}

bool Session::has_parked() const noexcept {
    const auto* active = std::get_if<Active>(&state_);
    return active != nullptr && active->parked != nullptr;
}

void Session::resume(Time now, Bytes& out) {
    assert(ready() && has_parked());
    Active& active = std::get<Active>(state_);
    active.pending.emplace(std::move(*active.parked));
    active.parked.reset();
    send_pending(active.channel, *active.pending, now, out);
}

void Session::abandon() noexcept {
    if (auto* active = std::get_if<Active>(&state_)) {
        active->pending.reset();
        active->parked.reset();
    }
}

std::uint32_t Session::sent_sequence() const noexcept {
    const auto* active = std::get_if<Active>(&state_);
    return active != nullptr ? active->channel.sent_sequence() : 0;
}

std::uint32_t Session::seen_sequence() const noexcept {
    const auto* active = std::get_if<Active>(&state_);
    return active != nullptr ? active->channel.seen_sequence() : 0;
}

std::uint32_t Session::sol_sent() const noexcept {
    const auto* active = std::get_if<Active>(&state_);
    return active != nullptr ? active->sol_sent : 0;
}

std::uint32_t Session::sol_received() const noexcept {
    const auto* active = std::get_if<Active>(&state_);
    return active != nullptr ? active->sol_received : 0;
}

std::uint32_t Session::bmc_id() const noexcept {
    const auto* active = std::get_if<Active>(&state_);
    return active != nullptr ? active->channel.remote() : 0;
}

void Session::send_close(Channel channel, Time now, Bytes& out) {
    Closing closing{std::move(channel), {}};
    closing.pending.request = close_session(closing.channel.remote());
    auto& entered = state_.emplace<Closing>(std::move(closing));
    send_pending(entered.channel, entered.pending, now, out);
}

Event Session::on_message(std::span<std::uint8_t> datagram) {
    Active* const active = std::get_if<Active>(&state_);
    Closing* const closing = std::get_if<Closing>(&state_);
    const auto opened = (active != nullptr ? active->channel : closing->channel).open(datagram);
    if (!opened) return drop();
    if (opened->type == PayloadType::sol && active != nullptr) {
        ++active->sol_received;
        return SolReceived{opened->data};
    }
    if (opened->type != PayloadType::ipmi) return drop();
    const auto message = decode_message(opened->data);
    if (!message) return drop();
    if (!message->checksums_good) ++bad_checksums_;

    // Without an AuthCode the checksums are all there is.
    if (!message->checksums_good && opened->sequence == 0) return drop();

    if (message->netfn == static_cast<std::uint8_t>(NetFn::transport) && message->command == sol_activating &&
        active != nullptr) {
        return SolActivating{};
    }
    const Pending* pending = closing != nullptr ? &closing->pending : active->pending ? &*active->pending : nullptr;
    const bool parked = active != nullptr && active->parked && answers(*message, *active->parked);
    if (parked) pending = active->parked.get();
    if (pending == nullptr || !answers(*message, *pending)) return drop();
    const std::uint8_t completion_code = message->body[0];
    // The BMC still works on the first copy: its own answer is to come.
    if (completion_code == duplicate_request) return Nothing{};
    if (closing != nullptr) {
        // Whatever it says: 87h means that the session was gone already.
        state_ = Over{};
        return Closed{};
    }
    const Answer answer{completion_code, message->body.subspan(1), opened->sequence, pending->sends, parked};
    if (parked) {
        active->parked.reset();
    } else {
        active->pending.reset();
    }
    return answer;
}

}  // namespace haas::ipmi

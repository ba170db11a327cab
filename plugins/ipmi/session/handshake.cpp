// The handshake's steps of Session.  IPMI 2.0 sections 13.17-13.23, figure 13-9.
#include "plugins/ipmi/session/handshake.hpp"

#include <algorithm>
#include <array>

#include "plugins/ipmi/session/session.hpp"
#include "plugins/ipmi/wire/open_session.hpp"
#include "plugins/ipmi/wire/rakp.hpp"
#include "plugins/ipmi/wire/rmcpp.hpp"
#include "plugins/ipmi/wire/status.hpp"

namespace haas::ipmi {
namespace {

using Stage = HandshakeFailure::Stage;
using Reason = HandshakeFailure::Reason;

Hash hash_of(CipherSuite suite) noexcept { return suite == CipherSuite::suite_17 ? Hash::sha256 : Hash::sha1; }

// Errors may come without the tag and the session ID: phosphor-net-ipmid fills its answer with zeros before it looks
// at the user (command/rakp12.cpp).  Filtering strictly would turn "no such user" into a timeout.
bool answers(std::uint8_t tag, std::uint32_t console_id, std::uint8_t status, std::uint8_t our_tag,
             std::uint32_t our_id) noexcept {
    if (status == 0) return tag == our_tag && console_id == our_id;
    return console_id == our_id || (console_id == 0 && (tag == our_tag || tag == 0));
}

constexpr std::uint8_t name_only_bit = 0x10;

// Intel SE7520AF2 wants the name padded to its whole field, in RAKP 1 and in the hashes but one (FreeIPMI `intel20`).
class PaddedName {
public:
    explicit PaddedName(const Credentials& credentials) noexcept {
        const ByteView user = credentials.user();
        std::copy(user.begin(), user.end(), bytes_.begin());
    }
    ByteView view() const noexcept { return bytes_; }

private:
    std::array<std::uint8_t, max_user_bytes> bytes_{};
};

// phosphor-net-ipmid answers a request whose length it does not like with a bare completion code.
bool is_bare_completion_code(ByteView payload) noexcept { return payload.size() == 1; }

}  // namespace

HandshakeFailure refusal(Stage stage, std::uint8_t status) noexcept {
    switch (static_cast<Status>(status)) {
        case Status::insufficient_resources:
        case Status::insufficient_resources_for_role: return {stage, Reason::busy, status};
        case Status::invalid_session_id:
        case Status::inactive_session_id: return {stage, Reason::stale, status};
        case Status::invalid_authentication_algorithm:
        case Status::invalid_integrity_algorithm:
        case Status::no_matching_authentication_payload:
        case Status::no_matching_integrity_payload:
        case Status::invalid_confidentiality_algorithm:
        case Status::no_cipher_suite_match:
        case Status::illegal_parameter: return {stage, Reason::cipher, status};
        case Status::invalid_role:
        case Status::unauthorized_role: return {stage, Reason::privilege, status};
        case Status::invalid_name_length:
        case Status::unauthorized_name:
        case Status::invalid_integrity_check_value: return {stage, Reason::refused, status};
        case Status::ok:
        case Status::invalid_payload_type:
        case Status::unauthorized_guid: break;
    }
    return {stage, Reason::protocol, status};
}

// RAKP 3 with a status: the BMC frees its half-open slot now.  Section 13.22.
void Session::refuse(std::uint32_t bmc_id, Status why, Bytes& out) {
    Rakp3 rakp3;
    rakp3.tag = tag_;
    rakp3.status = static_cast<std::uint8_t>(why);
    rakp3.bmc_id = bmc_id;
    Bytes message;
    encode(rakp3, message);
    encode_unprotected(PayloadType::rakp3, message, out);
}

void Session::send_open_session(AwaitOpenSession& state, Time now, Bytes& out) {
    OpenSessionRequest request;
    request.tag = tag_;
    request.privilege = settings_.open_session_privilege;
    request.console_id = console_id_;
    request.algorithms = algorithms_of(settings_.suite);
    Bytes payload;
    encode(request, payload);
    encode_unprotected(PayloadType::open_session_request, payload, out);
    state.deadline = after(now, timing_.open_session_wait + state.sends * timing_.open_session_growth);
    ++state.sends;
}

// How long a BMC that has just taken so long may take for a RAKP message.
Duration Session::wait_after(Duration took) const noexcept {
    return std::max<Duration>(std::min<Duration>(took * timing_.rakp_round_trips, timing_.rakp_wait), timing_.rakp_least);
}

Event Session::on_open_session_response(ByteView payload, Time now, Bytes& out) {
    if (is_bare_completion_code(payload)) return fail({Stage::open_session, Reason::protocol, payload[0]});
    const auto response = decode_open_session_response(payload);
    if (!response) {
        return payload[0] == tag_ ? fail({Stage::open_session, Reason::protocol, 0}) : drop();
    }
    if (!answers(response->tag, response->console_id, response->status, tag_, console_id_)) return drop();
    if (response->status != 0) return fail(refusal(Stage::open_session, response->status));
    if (response->bmc_id == 0) return fail({Stage::open_session, Reason::protocol, 0});
    // Never go on with anything but what was proposed.
    if (response->algorithms != algorithms_of(settings_.suite)) return fail({Stage::open_session, Reason::cipher, 0});

    const AwaitOpenSession& asked = std::get<AwaitOpenSession>(state_);
    AwaitRakp2 next;
    next.credentials = asked.credentials;
    next.bmc_id = response->bmc_id;
    random_->fill(next.console_random);
    next.sent = now;
    next.wait = wait_after(asked.sends == 1 ? now - asked.sent : timing_.rakp_wait);
    next.deadline = after(now, next.wait);
    Rakp1 rakp1;
    rakp1.tag = tag_;
    rakp1.bmc_id = next.bmc_id;
    rakp1.console_random = next.console_random;
    rakp1.role = role_byte(settings_.privilege, settings_.name_only_lookup);
    const PaddedName padded(*next.credentials);
    rakp1.user = settings_.quirks.pads_name() ? padded.view() : next.credentials->user();
    rakp1.fills_field = settings_.quirks.fills_name_field();
    Bytes message;
    encode(rakp1, message);
    encode_unprotected(PayloadType::rakp1, message, out);
    state_ = next;
    return Nothing{};
}

Event Session::on_rakp2(ByteView payload, Time now, Bytes& out) {
    if (is_bare_completion_code(payload)) return fail({Stage::rakp2, Reason::protocol, payload[0]});
    const auto rakp2 = decode_rakp2(payload);
    if (!rakp2) return payload[0] == tag_ ? fail({Stage::rakp2, Reason::protocol, 0}) : drop();
    if (!answers(rakp2->tag, rakp2->console_id, rakp2->status, tag_, console_id_)) return drop();
    if (rakp2->status != 0) return fail(refusal(Stage::rakp2, rakp2->status));

    const AwaitRakp2& state = std::get<AwaitRakp2>(state_);
    const Hash hash = hash_of(settings_.suite);
    const ByteView kuid = state.credentials->kuid();
    Exchange exchange;
    exchange.console_id = console_id_;
    exchange.bmc_id = state.bmc_id;
    exchange.console_random = state.console_random;
    exchange.bmc_random = rakp2->bmc_random;
    exchange.bmc_guid = rakp2->bmc_guid;
    exchange.role = role_byte(settings_.privilege, settings_.name_only_lookup && settings_.quirks.hashes_name_only());
    const PaddedName padded(*state.credentials);
    exchange.user = settings_.quirks.pads_name() ? padded.view() : state.credentials->user();

    const bool complete = rakp2->key_exchange_code.size() >= digest_bytes(hash);
    // What a Peppercon firmware sends beyond the algorithm's length is cut off (FreeIPMI `supermicro20`).
    const bool right = complete && equal(rakp2_code(hash, kuid, exchange).view(),
                                         rakp2->key_exchange_code.first(digest_bytes(hash)));
    if (!right) {
        refuse(state.bmc_id, Status::invalid_integrity_check_value, out);
        return fail({Stage::rakp2, complete ? Reason::hmac_mismatch : Reason::protocol, 0});
    }
    Rakp3 rakp3;
    rakp3.tag = tag_;
    rakp3.bmc_id = state.bmc_id;
    Bytes message;
    Exchange proof = exchange;
    if (settings_.quirks.pads_name()) {
        // This one hash it makes of the name itself, and as if without name-only lookup.
        proof.user = state.credentials->user();
        proof.role = static_cast<std::uint8_t>(proof.role & ~name_only_bit);
    }
    const Digest code = rakp3_code(hash, kuid, proof);
    rakp3.key_exchange_code = code.view();
    encode(rakp3, message);
    encode_unprotected(PayloadType::rakp3, message, out);

    const Digest sik = session_integrity_key(hash, state.credentials->sik_key(), exchange);
    slowest_rakp_ = now - state.sent;
    AwaitRakp4 next{state.bmc_id, rakp2->bmc_guid, rakp4_icv(hash, sik, exchange), session_keys(hash, sik), now,
                    after(now, std::max(state.wait, wait_after(slowest_rakp_)))};
    state_ = std::move(next);
    return Nothing{};
}

Event Session::on_rakp4(ByteView payload, Time now, Bytes& out) {
    if (is_bare_completion_code(payload)) return fail_and_close({Stage::rakp4, Reason::protocol, payload[0]}, now, out);
    const auto rakp4 = decode_rakp4(payload);
    if (!rakp4) {
        return payload[0] == tag_ ? fail_and_close({Stage::rakp4, Reason::protocol, 0}, now, out) : drop();
    }
    if (!answers(rakp4->tag, rakp4->console_id, rakp4->status, tag_, console_id_)) return drop();
    // It is not authenticated: the BMC may have made the session all the same.
    if (rakp4->status != 0) return fail_and_close(refusal(Stage::rakp4, rakp4->status), now, out);

    const AwaitRakp4& state = std::get<AwaitRakp4>(state_);
    const ByteView expected = state.expected_icv.view();
    if (rakp4->integrity_check_value.size() != expected.size()) {
        return fail_and_close({Stage::rakp4, Reason::protocol, 0}, now, out);
    }
    // With another Kg the BMC has made other keys of it: no Close of ours could end that session.
    if (!equal(rakp4->integrity_check_value, expected)) return fail({Stage::rakp4, Reason::icv_mismatch, 0});
    const Guid guid = state.bmc_guid;
    slowest_rakp_ = std::max(slowest_rakp_, now - state.sent);
    Active active{channel_of(state), std::nullopt, nullptr};
    state_ = std::move(active);
    return Established{guid};
}

Channel Session::channel_of(const AwaitRakp4& state) const noexcept {
    return Channel(console_id_, state.bmc_id, hash_of(settings_.suite), state.keys, settings_.quirks);
}

Event Session::fail_and_close(const HandshakeFailure& failure, Time now, Bytes& out) {
    const AwaitRakp4& state = std::get<AwaitRakp4>(state_);
    send_close(channel_of(state), now, out);
    return HandshakeFailed{failure};
}

// The BMC's answer to Open Session, when nobody wants the session any more.
Event Session::on_withdrawn(ByteView payload, Bytes& out) {
    const auto response = decode_open_session_response(payload);
    if (!response || !answers(response->tag, response->console_id, response->status, tag_, console_id_)) return drop();
    if (response->status == 0) refuse(response->bmc_id, Status::insufficient_resources, out);
    state_ = Over{};
    return Closed{};
}

void Session::close(Time now, Bytes& out) {
    out.clear();
    if (std::holds_alternative<Closing>(state_) || std::holds_alternative<Withdrawing>(state_)) return;
    if (auto* active = std::get_if<Active>(&state_)) {
        send_close(std::move(active->channel), now, out);
    } else if (const auto* s = std::get_if<AwaitRakp4>(&state_)) {
        // The BMC may take RAKP 3 for good at any moment.  The keys are known, so Close need not wait for RAKP 4: it
        // comes behind RAKP 3, and its repeat does too where the two overtake each other.
        send_close(channel_of(*s), now, out);
    } else if (const auto* asked = std::get_if<AwaitRakp2>(&state_)) {
        refuse(asked->bmc_id, Status::insufficient_resources, out);
        state_ = Over{};
    } else if (const auto* opening = std::get_if<AwaitOpenSession>(&state_)) {
        state_ = Withdrawing{opening->deadline};
    } else {
        state_ = Over{};
    }
}

}  // namespace haas::ipmi

// One handshake attempt with one BMC, and the RMCP+ session that follows from it: bytes and time points in; bytes, a
// deadline or an event out.  IPMI 2.0 sections 13.14-13.23 (set-up) and 6.12 (sessions).
// Knows no socket, no clock and no policy: which handshake comes after a failed one is session/login.hpp's.
//
// The caller's loop:
//   Session session(settings, credentials, timing, random, now, out);   out holds the Open Session request: send it
//   a datagram came:          event = session.receive(datagram, now, out);
//   deadline() has passed:    event = session.expire(now, out);
// Each call that takes `out` clears it first; what it holds afterwards is one datagram to send, or nothing.
// `now` is when the caller's loop looked, and never goes back.  For one thread at a time.  All exceptions thrown from
// here mean that OpenSSL or the system's randomness is broken, never anything a peer has sent.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>

#include "plugins/ipmi/command/request.hpp"
#include "plugins/ipmi/crypto/random.hpp"
#include "plugins/ipmi/session/active.hpp"
#include "plugins/ipmi/session/credentials.hpp"
#include "plugins/ipmi/session/failure.hpp"
#include "plugins/ipmi/session/handshake.hpp"
#include "plugins/ipmi/session/settings.hpp"
#include "plugins/ipmi/wire/status.hpp"

namespace haas::ipmi {

// Nothing the caller must act on.  The datagram may have been dropped, or `out` filled with the next step.
struct Nothing {};

// The handshake succeeded: send() may be called.  The session is at privilege level USER: Set Session Privilege Level
// comes before anything that changes something.
struct Established {
    Guid bmc_guid{};
};

// The handshake ended without a session; send `out` all the same: it may tell the BMC to free its slot.  Where the BMC
// may hold one nevertheless (RAKP 3 was sent, no good RAKP 4 came), it is being closed: Closed follows as from close(),
// for whoever keeps this object that long.
struct HandshakeFailed {
    HandshakeFailure failure;
};

// The answer to the request that send() took.
struct Answer {
    std::uint8_t completion_code = 0;
    ByteView data;                    // behind the completion code; inside the datagram given to receive()
    std::uint32_t bmc_sequence = 0;   // the BMC's outbound session sequence number: see numbers_between()
    unsigned sends = 1;               // how often the request was sent
    bool parked = false;              // to the parked request; the one in flight, if there is one, still is
};

// The request was sent as often as Timing allows, and not answered.  Nothing is in flight any more, and the session
// remains.  A late answer will be dropped; but a request that must not be carried out twice is sent once and then parked:
// others may be sent, and its answer is taken whenever it comes, until abandon(), close() or the next such request.
struct NoAnswer {
    unsigned sends = 1;
};

// The BMC has closed the session, or is taken to have.
struct Closed {};

// A payload of type SOL.  `payload` is inside the datagram given to receive().
struct SolReceived {
    ByteView payload;
};

// The BMC tells by a request of its own that SOL is being activated elsewhere (section 26.1, SOL Activating; it wants no
// answer).
struct SolActivating {};

using Event = std::variant<Nothing, Established, HandshakeFailed, Answer, NoAnswer, Closed, SolReceived, SolActivating>;

class Session {
public:
    // Draws a fresh console session ID and message tag.  `credentials` must live until the handshake has ended,
    // `random` as long as this object.
    Session(const HandshakeSettings& settings, const Credentials& credentials, const Timing& timing, Random& random,
            Time now, Bytes& out);

    // Decrypts in place: the datagram's bytes are no longer what they were.  The caller has checked the source address.
    Event receive(std::span<std::uint8_t> datagram, Time now, Bytes& out);
    // Harmless before the deadline.
    Event expire(Time now, Bytes& out);
    // When expire() wants to be called; nullopt: never, as things are.
    std::optional<Time> deadline() const noexcept;

    // Sends one request, and repeats it when its deadline passes.  Precondition: ready().
    void send(Request request, Time now, Bytes& out);
    // Sends a payload of type SOL, beside whatever request is in flight.  Precondition: established().
    void send_sol(ByteView payload, Bytes& out);
    // The request in flight is not waited for any longer: as after NoAnswer, but without it.  Precondition: it must not be
    // carried out twice.
    void park();
    // Gives up the request in flight and the parked one, where there are any: their answers will be dropped.
    void abandon() noexcept;
    bool has_parked() const noexcept;
    // Sends the parked request's datagram again, as it was.  Precondition: ready() and has_parked().
    void resume(Time now, Bytes& out);
    // Gives back whatever the BMC may hold for this session: with Close Session once RAKP 3 was sent, before that by
    // telling it that the handshake has come to nothing.  Closed follows from receive() or expire(), unless is_over() at
    // once.  Gives the request in flight up.
    void close(Time now, Bytes& out);

    // Established, and nothing in flight.
    bool ready() const noexcept;
    bool established() const noexcept { return std::holds_alternative<Active>(state_); }
    // Failed or closed: only worth destroying.
    bool is_over() const noexcept { return std::holds_alternative<Over>(state_); }

    // Of an established session: how many packets of ours have had a number of their own, and the highest number that
    // the BMC has used (0: none yet).  See numbers_between().
    std::uint32_t sent_sequence() const noexcept;
    std::uint32_t seen_sequence() const noexcept;

    // How many of those packets, on either side, were SOL's.
    std::uint32_t sol_sent() const noexcept;
    std::uint32_t sol_received() const noexcept;

    // What the BMC has taken for the slower of its two RAKP messages; known once the session is established.
    Duration slowest_rakp() const noexcept { return slowest_rakp_; }

    const HandshakeSettings& settings() const noexcept { return settings_; }
    // What tells this session's datagrams from those of others: see console_session_id() below.
    std::uint32_t console_id() const noexcept { return console_id_; }
    // The BMC's name for an established session; 0 before.
    std::uint32_t bmc_id() const noexcept;
    // Datagrams that were not for this session, forged, replayed, malformed or answers to nothing.
    std::uint32_t dropped() const noexcept { return dropped_; }
    // Messages with a wrong checksum inside a valid MAC: taken all the same (Supermicro X9, FreeIPMI
    // `nochecksumcheck`), because the checksum adds nothing to the MAC.
    std::uint32_t bad_checksums() const noexcept { return bad_checksums_; }

private:
    Event drop() noexcept;
    Event fail(const HandshakeFailure& failure) noexcept;
    Event fail_and_close(const HandshakeFailure& failure, Time now, Bytes& out);
    Event on_withdrawn(ByteView payload, Bytes& out);
    Event on_open_session_response(ByteView payload, Time now, Bytes& out);
    Event on_rakp2(ByteView payload, Time now, Bytes& out);
    Event on_rakp4(ByteView payload, Time now, Bytes& out);
    Event on_message(std::span<std::uint8_t> datagram);
    Event expire_request(Active& active, Time now, Bytes& out);
    void send_open_session(AwaitOpenSession& state, Time now, Bytes& out);
    Channel channel_of(const AwaitRakp4& state) const noexcept;
    void refuse(std::uint32_t bmc_id, Status why, Bytes& out);
    void send_close(Channel channel, Time now, Bytes& out);
    void send_pending(Channel& channel, Pending& pending, Time now, Bytes& out);
    Duration wait_after(Duration took) const noexcept;
    // `wait` and up to a quarter of it.
    Time after(Time now, Duration wait);

    HandshakeSettings settings_;
    Timing timing_;
    Random* random_;
    Duration slowest_rakp_{};
    std::uint32_t console_id_ = 0;
    std::uint32_t dropped_ = 0;
    std::uint32_t bad_checksums_ = 0;
    std::uint8_t tag_ = 0;
    std::uint8_t next_rq_seq_ = 0;
    std::variant<AwaitOpenSession, AwaitRakp2, AwaitRakp4, Withdrawing, Active, Closing, Over> state_;
};

// Which session a datagram is for: the console session ID in its header, or while a handshake lasts in its payload.
// 0: it names none, as the errors of some BMCs do, and only its source address tells.  nullopt: no RMCP+ datagram.
// Says nothing about its authenticity.
std::optional<std::uint32_t> console_session_id(ByteView datagram) noexcept;

}  // namespace haas::ipmi

// The protected packets of an active session, either end of it: seals payloads, opens datagrams, counts sequences.
// IPMI 2.0 section 13.6 (packet), 13.28.4 (integrity), 13.29 (confidentiality), 6.12.13 (sequence numbers).
// Knows nothing of commands: IPMI messages and SOL are payload types of it, side by side.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "plugins/ipmi/crypto/confidentiality.hpp"
#include "plugins/ipmi/crypto/integrity.hpp"
#include "plugins/ipmi/crypto/random.hpp"
#include "plugins/ipmi/crypto/rakp.hpp"
#include "plugins/ipmi/session/quirks.hpp"
#include "plugins/ipmi/session/receive_window.hpp"
#include "plugins/ipmi/wire/bytes.hpp"
#include "plugins/ipmi/wire/rmcpp.hpp"

namespace haas::ipmi {

struct OpenedPayload {
    PayloadType type{};
    std::span<const std::uint8_t> data;  // decrypted in place: inside the datagram
    std::uint32_t sequence = 0;          // the peer's; 0 of a packet without AuthCode
};

class Channel {
public:
    // `local` is the session ID we chose and the peer addresses us with, `remote` the peer's.
    Channel(std::uint32_t local, std::uint32_t remote, Hash hash, const SessionKeys& keys, Quirks quirks = {}) noexcept
        : local_(local),
          remote_(remote),
          quirks_(quirks),
          pad_rule_(quirks.has(Quirk::icts) ? PadRule::without_its_own_end : PadRule::all),
          integrity_(hash, keys.k1.view()),
          confidentiality_(keys.k2.view()) {}

    // Encrypts and authenticates under the next sequence number.  `out` is cleared first.
    void seal(PayloadType type, ByteView payload, Random& random, Bytes& out);

    // Nothing for a datagram that is not for this session, not authenticated, not encrypted, forged, replayed or
    // malformed: it is to be dropped, and has changed nothing here (the datagram's own bytes may have been).
    std::optional<OpenedPayload> open(std::span<std::uint8_t> datagram);

    // From here on seal() pads by the other rule of the two: for a peer that has never answered, as one does that drops
    // what is padded by ours.
    void pad_otherwise() noexcept {
        pad_rule_ = pad_rule_ == PadRule::all ? PadRule::without_its_own_end : PadRule::all;
    }

    std::uint32_t remote() const noexcept { return remote_; }
    std::uint32_t sent_sequence() const noexcept { return sequence_; }
    // The peer's highest number so far; 0 before its first.
    std::uint32_t seen_sequence() const noexcept { return window_.highest(); }
    // Where the next packet's number follows on; for a test of the wrap.
    void continue_after(std::uint32_t sequence) noexcept { sequence_ = sequence; }

private:
    std::optional<OpenedPayload> open_unauthenticated(std::span<std::uint8_t> datagram) const;

    std::uint32_t local_;
    std::uint32_t remote_;
    Quirks quirks_;
    PadRule pad_rule_;
    std::uint32_t sequence_ = 0;
    ReceiveWindow window_;
    Integrity integrity_;
    Confidentiality confidentiality_;
};

}  // namespace haas::ipmi

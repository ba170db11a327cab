// One activation of SOL: characters both ways, numbered, acknowledged, repeated.  IPMI 2.0 sections 15.9 and 15.11.
// Pure: SOL payloads and time points in, payloads and a deadline out.  Knows no session, no command and no policy.
//
// Each side has at most one packet under way, and repeats it under the same number until it is acknowledged.  The caller
// asks transmit() again and again after every call that may have given it something to say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "plugins/ipmi/session/settings.hpp"
#include "plugins/ipmi/wire/bytes.hpp"
#include "plugins/ipmi/wire/sol.hpp"

namespace haas::ipmi {

class SolTransfer {
public:
    // How long is waited, and how often.
    struct Timing {
        // Some BMCs misbehave when a packet is repeated sooner than by their own timer.
        Wait resend = std::chrono::milliseconds(500);
        // A BMC that lost its acknowledgement may drop every repeat without another one (phosphor-net-ipmid, Windmill,
        // Winterfell).  After so many sends the packet goes out under the next number, once (FreeIPMI
        // `solpacketseq`), and a few sends later the activation counts as stuck.
        std::uint8_t sends = 16;
        std::uint8_t sends_again = 4;
        // A break is acknowledged, or it is never: many BMCs do not have it.
        std::uint8_t break_sends = 4;
        // After an answer that took nothing; the second where the serial line is not there.
        Wait no_progress = std::chrono::milliseconds(100);
        Wait unavailable = std::chrono::seconds(1);
        std::uint8_t refusals = 64;
    };

    // `most_data`: characters per packet to the BMC, at least 1.
    SolTransfer(std::size_t most_data, const Timing& timing) : timing_(timing), most_data_(most_data) {}

    // From now on.
    void carry(std::size_t most_data) noexcept { most_data_ = most_data; }

    // What a payload told.  `data` points into it.
    struct Heard {
        std::optional<std::uint64_t> lost{};  // output is missing here, before the data: so much, 0 where nobody knows
        ByteView data{};                      // printed by the managed system, and not told before
        bool output = false;                  // it printed something, though perhaps not for the first time, or withheld
        bool deactivated = false;             // the BMC has ended SOL
    };
    Heard receive(ByteView payload, Time now);

    // The serial line is not there, as the BMC has said last.
    bool unavailable() const noexcept { return unavailable_; }
    // The BMC does not acknowledge what is sent to it: only another activation helps.
    bool stuck() const noexcept { return stuck_; }

    // While paused nothing further is taken: packets with output are not acknowledged, so that the BMC keeps them.
    void pause() noexcept { paused_ = true; }
    // What was withheld last; valid until the next call.
    Heard resume();
    bool paused() const noexcept { return paused_; }

    // Types the characters.  Precondition: nothing is being written, no break is under way.
    void write(Bytes data);
    // How much of it the BMC has taken so far.
    std::size_t taken() const noexcept { return taken_; }
    bool writing() const noexcept { return end_ == End::none && doing_ == Doing::write; }
    // Nothing beyond what is under way is sent.  True: some of that may be taken still.
    bool cancel_write();

    void send_break();
    void cancel_break() noexcept;
    bool breaking() const noexcept { return end_ == End::none && doing_ == Doing::break_condition; }

    // How the write or the break ended by itself; told once.
    enum class End : std::uint8_t {
        none,
        done,
        refused,  // the BMC answers, and takes nothing
        silence,  // of a break: no answer
    };
    struct Ended {
        End how{};
        bool is_break = false;
        std::size_t taken = 0;
    };
    std::optional<Ended> take_end() noexcept;

    // The next packet to send now, if there is one; `out` is cleared first.
    bool transmit(Time now, Bytes& out);
    // When to ask transmit() again although nothing has happened.
    std::optional<Time> deadline() const noexcept;

private:
    enum class Doing : std::uint8_t { nothing, write, break_condition };

    // Sent and not acknowledged.
    struct UnderWay {
        Bytes data;  // none: a break
        Time resend_at{};
        std::uint8_t sequence = 0;
        std::uint8_t sends = 0;
        bool again = false;    // under its second number
        bool refused = false;  // the BMC has said that it took nothing of it
    };
    struct Ack {
        std::uint8_t sequence = 0;
        std::uint8_t count = 0;
    };

    Heard take(const SolPacket& packet);
    Heard withhold(const SolPacket& packet);
    bool is_stale(std::uint8_t sequence) noexcept;
    void acknowledged(const SolPacket& packet, Time now);
    void refused(Time now, Wait wait);
    void end(End how) noexcept;
    bool begin_packet(Time now);
    bool resend(Time now);
    void put(const SolPacket& packet, Bytes& out);

    Timing timing_;
    std::size_t most_data_;

    // From the BMC
    std::uint8_t last_in_ = 0;          // the number taken last; 0: none yet
    std::size_t delivered_ = 0;         // characters of it
    std::uint8_t stale_ = 0;            // an old number that came, with nothing after it
    std::optional<Ack> ack_;
    Bytes withheld_;
    std::uint8_t withheld_sequence_ = 0;  // 0: nothing is
    std::optional<std::uint64_t> withheld_lost_;
    Bytes resumed_;
    bool paused_ = false;
    bool unavailable_ = false;

    // To the BMC
    Bytes typed_;
    std::size_t taken_ = 0;
    std::optional<UnderWay> under_way_;
    bool credited_ = false;             // what is under way belongs to the present write
    std::optional<Time> not_before_;    // after an answer without progress
    std::uint8_t next_ = 1;
    std::uint8_t refusals_ = 0;
    Doing doing_ = Doing::nothing;
    End end_ = End::none;
    bool stuck_ = false;
};

}  // namespace haas::ipmi

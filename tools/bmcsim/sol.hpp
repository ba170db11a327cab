// Serial over LAN as the BMC's end of the wire sees it (IPMI 2.0 sections 15 and 26.3): sequence numbers, ACKs, repeats.
// It knows no session and no machine; the time comes in.
#pragma once

#include <string>

#include "tools/bmcsim/counters.hpp"
#include "tools/bmcsim/octets.hpp"
#include "tools/bmcsim/profile.hpp"

namespace haas::bmcsim {

// SOL configuration parameters 0 to 6 (IPMI 2.0 table 26-5).
struct SolSettings {
    std::uint8_t in_progress = 0;
    bool enabled = true;
    std::uint8_t authentication = 0x83;  // parameter 2: encryption forced, OPERATOR
    std::uint8_t accumulate = 2;         // in 5 ms
    std::uint8_t threshold = 96;
    std::uint8_t retries = 7;
    std::uint8_t retry_interval = 25;  // in 10 ms
    std::uint8_t bit_rate = 0x0A;
    std::uint8_t volatile_bit_rate = 0x0A;
};

class Sol {
public:
    explicit Sol(const SolSettings& settings) : settings_(settings) {}

    // A SOL payload from the console.  Characters that were typed are appended to `typed`; true when `answer` is to be
    // sent.  `available` is false while the machine takes no characters.
    bool receive(Octets payload, Time now, const Profile& profile, bool available, std::string& typed, Packet& answer,
                 Counters& counters);

    // Text from the machine to the console.
    void write(std::string_view text, Time now);
    // The next packet that is due, if any: new text, or text that was not acknowledged.
    bool due(Time now, const Profile& profile, Packet& packet, Counters& counters);
    // Bytes that would be lost if it ended now.
    std::uint32_t unacknowledged() const noexcept { return static_cast<std::uint32_t>(queued() + outstanding_text_.size()) + lost_; }
    // When to ask again; Time::max() when there is nothing to send.
    Time next_due() const noexcept;

    static constexpr std::uint8_t status_deactivating = 0x10;

private:
    void acknowledged(std::uint8_t sequence, std::uint8_t count, bool refused, Time now);
    void give_up(const Profile& profile);
    std::size_t queued() const noexcept { return queue_.size() - left_; }
    void drop(std::size_t count);
    void put_back(std::string_view text);
    Duration retry_interval() const noexcept { return milliseconds(10) * settings_.retry_interval; }

    SolSettings settings_;
    std::uint8_t last_in_ = 0;         // the last sequence taken; 0: none yet
    std::size_t last_in_size_ = 0;     // characters delivered of it
    std::uint8_t next_out_ = 1;
    std::uint8_t outstanding_ = 0;     // sequence that waits for its ACK; 0: none
    unsigned sent_ = 0;                // how often
    std::string outstanding_text_;
    std::string queue_;
    std::size_t left_ = 0;  // bytes at its front that are no longer in it
    Time resend_at_{};
    Time queued_at_{};
    bool paused_ = false;
    bool overrun_ = false;
    std::uint32_t lost_ = 0;  // not counted yet
};

}  // namespace haas::bmcsim

// The managed system's end of SOL for tests: commands and payloads in, payloads out, time a variable.  It is written from
// IPMI 2.0 section 15 and field experience, not from sol/transfer.hpp; only the layout of a packet is shared, which is
// checked against bytes from elsewhere.  Its misbehaviour has names in SolOptions.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "plugins/ipmi/session/settings.hpp"
#include "plugins/ipmi/wire/bytes.hpp"
#include "plugins/ipmi/wire/sol.hpp"

namespace haas::ipmi {

struct SolOptions {
    std::uint8_t refusal = 0;              // of Activate Payload, always
    std::uint16_t advertised = 259;        // bytes per packet to the BMC, with the header
    std::size_t per_packet = 255;          // characters per packet from the BMC
    bool instance_info = true;             // knows the command, and so on
    bool activation_status = true;
    bool session_info = true;
    bool payload_support = true;
    bool acknowledges_repeats = true;      // false: phosphor-net-ipmid drops them
    bool goes_on_after_repeats = false;    // with the same characters, as phosphor-net-ipmid; else they are lost
    bool stuck = false;                    // says "deactivated", and stays active
    bool available = true;                 // the serial line is there
    bool has_break = true;
    bool echoes = true;
    std::size_t takes = 255;               // characters of one packet
    Wait retry = std::chrono::milliseconds(250);
    unsigned repeats = 7;
};

class FakeSol {
public:
    explicit FakeSol(SolOptions chosen = {}) : options(chosen) {}

    // Completion code and data; nothing for a command that is not about SOL.
    std::optional<Bytes> execute(std::uint32_t session, std::uint8_t command, ByteView data);
    // A payload from that session's console; what is answered at once.
    std::optional<Bytes> receive(std::uint32_t session, ByteView payload, Time now);

    // The managed system prints.
    void print(std::string_view text) { queue_ += text; }
    // The next packet that is due, if there is one; for the owner.
    std::optional<Bytes> next(Time now);
    std::optional<Time> due() const noexcept;

    void activate(std::uint32_t session);
    void release() { owner = 0; }

    SolOptions options;
    std::uint32_t owner = 0;               // the session that has SOL; 0: none
    std::set<std::uint32_t> sessions;     // that the BMC knows
    std::string typed;
    unsigned breaks = 0;
    unsigned activations = 0;
    unsigned deactivations = 0;
    unsigned dropped = 0;                  // packets with a number that was not expected
    bool overrun = false;                  // to be told with the next packet
    std::uint8_t first_number = 1;         // of what it sends
    std::size_t waiting() const noexcept { return queue_.size() + out_text_.size(); }

private:
    Bytes answer(std::uint8_t ack, std::size_t accepted, std::uint8_t bits) const;

    std::string queue_;
    std::string out_text_;
    std::uint8_t out_ = 0;                 // the number under way; 0: none
    std::uint8_t next_out_ = 1;
    unsigned sent_ = 0;
    Time again_at_{};
    std::uint8_t expected_ = 1;
    std::uint8_t last_ = 0;
    std::size_t last_taken_ = 0;
    bool paused_ = false;
};

}  // namespace haas::ipmi

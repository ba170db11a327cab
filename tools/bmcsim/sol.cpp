#include "tools/bmcsim/sol.hpp"

#include <algorithm>
#include <utility>

namespace haas::bmcsim {
namespace {

constexpr std::size_t header_size = 4;
constexpr std::size_t longest_text = 255;
// What the machine may write without a reader; then the oldest is lost, as in a UART.
constexpr std::size_t queue_limit = 64 * 1024;

// Operation byte, console to BMC.
constexpr std::uint8_t nack = 0x40;
constexpr std::uint8_t send_break = 0x10;
constexpr std::uint8_t pause = 0x08;
constexpr std::uint8_t flush_outbound = 0x01;
// Status byte, BMC to console.
constexpr std::uint8_t unavailable = 0x20;
constexpr std::uint8_t overrun = 0x08;

constexpr std::uint8_t following(std::uint8_t sequence) noexcept {
    return sequence == 15 ? std::uint8_t{1} : static_cast<std::uint8_t>(sequence + 1);
}

}  // namespace

bool Sol::receive(Octets payload, Time now, const Profile& profile, bool available, std::string& typed, Packet& answer,
                  Counters& counters) {
    Cursor in(payload);
    const std::uint8_t sequence = in.u8() & 0x0F;
    const std::uint8_t ack = in.u8() & 0x0F;
    const std::uint8_t accepted = in.u8();
    const std::uint8_t operation = in.u8();
    if (!in.ok()) {
        ++counters.malformed;
        return false;
    }
    paused_ = (operation & pause) != 0;
    if ((operation & flush_outbound) != 0) {
        drop(queued());
    }
    if (ack != 0 && ack == outstanding_) {
        acknowledged(ack, accepted, (operation & nack) != 0, now);
    }
    if (sequence == 0) {
        return false;
    }
    const Octets text = in.rest();
    const bool repeated = sequence == last_in_;
    if (repeated && profile.has(Quirk::sol_no_reack)) {
        return false;
    }
    if (!repeated && sequence != following(last_in_)) {
        ++counters.sol_out_of_sequence;
        return false;
    }
    if (!available && !text.empty()) {
        // Not taken: the console sends it again under the same sequence number.
        answer.u8(0).u8(sequence).u8(0).u8(nack | unavailable);
        return true;
    }
    const std::size_t known = repeated ? std::min(last_in_size_, text.size()) : 0;
    for (const std::uint8_t character : text.subspan(known)) {
        typed.push_back(static_cast<char>(character));
    }
    counters.sol_in += static_cast<std::uint32_t>(text.size() - known);
    counters.sol_breaks += !repeated && (operation & send_break) != 0 ? 1 : 0;
    last_in_size_ = repeated ? std::max(last_in_size_, text.size()) : text.size();
    last_in_ = sequence;
    answer.u8(0).u8(sequence).u8(static_cast<unsigned>(text.size())).u8(overrun_ ? overrun : 0);
    overrun_ = false;
    return true;
}

void Sol::acknowledged(std::uint8_t /*sequence*/, std::uint8_t count, bool refused, Time now) {
    if (refused && count == 0) {
        resend_at_ = now + retry_interval();
        return;
    }
    // What was not taken travels again, as a new packet.
    put_back(outstanding_text_.substr(std::min<std::size_t>(count, outstanding_text_.size())));
    outstanding_ = 0;
    outstanding_text_.clear();
}

void Sol::write(std::string_view text, Time now) {
    if (queued() == 0) {
        queued_at_ = now;
    }
    queue_ += text;
    if (queued() > queue_limit) {
        lost_ += static_cast<std::uint32_t>(queued() - queue_limit);
        drop(queued() - queue_limit);
        overrun_ = true;
    }
}

// What lies behind stays where it is until there is much before it: a full queue is not moved for each packet.
void Sol::drop(std::size_t count) {
    left_ += count;
    if (left_ == queue_.size() || left_ > queue_limit) {
        queue_.erase(0, left_);
        left_ = 0;
    }
}

void Sol::put_back(std::string_view text) {
    if (!text.empty()) {
        queue_.replace(0, left_, text);
        left_ = 0;
    }
}

void Sol::give_up(const Profile& profile) {
    if (profile.has(Quirk::sol_new_sequence)) {
        put_back(outstanding_text_);
    } else {
        lost_ += static_cast<std::uint32_t>(outstanding_text_.size());
        overrun_ = true;
    }
    outstanding_ = 0;
    outstanding_text_.clear();
}

bool Sol::due(Time now, const Profile& profile, Packet& packet, Counters& counters) {
    if (outstanding_ != 0 && now >= resend_at_ && sent_ > settings_.retries) {
        give_up(profile);
    }
    counters.sol_lost += std::exchange(lost_, 0);
    if (next_due() > now) {
        return false;
    }
    if (outstanding_ == 0) {
        outstanding_text_ = queue_.substr(left_, longest_text);
        drop(outstanding_text_.size());
        outstanding_ = next_out_;
        next_out_ = following(next_out_);
        sent_ = 0;
        counters.sol_out += static_cast<std::uint32_t>(outstanding_text_.size());
    }
    ++sent_;
    resend_at_ = now + retry_interval();
    packet.u8(outstanding_).u8(0).u8(0).u8(overrun_ ? overrun : 0);
    packet.octets(Octets(reinterpret_cast<const std::uint8_t*>(outstanding_text_.data()), outstanding_text_.size()));
    overrun_ = false;
    static_assert(header_size + longest_text < Packet::capacity);
    return true;
}

Time Sol::next_due() const noexcept {
    if (outstanding_ != 0) {
        return resend_at_;
    }
    if (queued() == 0 || paused_) {
        return Time::max();
    }
    const bool enough = queued() >= settings_.threshold;
    return enough ? queued_at_ : queued_at_ + milliseconds(5) * settings_.accumulate;
}

}  // namespace haas::bmcsim

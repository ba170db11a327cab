#include "plugins/ipmi/sol/transfer.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace haas::ipmi {
namespace {

// From one number forward to another: 1 to 15.  Numbers go round in fifteens.
unsigned steps(std::uint8_t from, std::uint8_t to) noexcept { return (to + 15U - from - 1U) % 15U + 1U; }

constexpr unsigned half_a_round = 7;

bool begins_with(ByteView whole, ByteView part) noexcept {
    return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

}  // namespace

// ---- From the BMC -------------------------------------------------------------------------------------------------------

SolTransfer::Heard SolTransfer::receive(ByteView payload, Time now) {
    const auto decoded = decode_sol(payload);
    if (!decoded) return {};
    SolPacket packet = *decoded;
    // No more can be acknowledged; the BMC sends the rest as a new packet then.
    packet.data = packet.data.first(std::min(packet.data.size(), sol_most_data));
    unavailable_ = packet.has(sol_unavailable);
    if (under_way_ && packet.ack == under_way_->sequence) acknowledged(packet, now);
    Heard heard;
    if (packet.sequence != 0) heard = paused_ ? withhold(packet) : take(packet);
    if (packet.has(sol_overrun) && !heard.lost) heard.lost = 0;
    heard.deactivated = packet.has(sol_deactivated);
    heard.output = packet.sequence != 0 && !packet.data.empty();
    return heard;
}

// A number from the last half round is that of a packet that was late.  But if it comes twice, with nothing else between,
// the BMC waits for its acknowledgement, and has begun to count anew.
bool SolTransfer::is_stale(std::uint8_t sequence) noexcept {
    if (last_in_ == 0 || sequence == last_in_ || steps(last_in_, sequence) <= half_a_round) return false;
    return std::exchange(stale_, sequence) != sequence;
}

SolTransfer::Heard SolTransfer::take(const SolPacket& packet) {
    Heard heard;
    if (is_stale(packet.sequence)) return heard;
    stale_ = 0;
    if (packet.sequence == last_in_) {
        // A repeat may have grown by what was printed since, or shrunk.
        heard.data = packet.data.subspan(std::min(delivered_, packet.data.size()));
        delivered_ = std::max(delivered_, packet.data.size());
    } else {
        if (last_in_ != 0 && packet.sequence != sol_following(last_in_)) heard.lost = 0;
        last_in_ = packet.sequence;
        delivered_ = packet.data.size();
        heard.data = packet.data;
    }
    ack_ = Ack{packet.sequence, static_cast<std::uint8_t>(packet.data.size())};
    return heard;
}

// Acknowledgements of our own packets go on; only output waits.  It is kept, so that it need not be repeated after the
// pause.
SolTransfer::Heard SolTransfer::withhold(const SolPacket& packet) {
    if (packet.sequence == withheld_sequence_) {
        if (packet.data.size() > withheld_.size()) withheld_.assign(packet.data.begin(), packet.data.end());
        return {};
    }
    if (packet.sequence == last_in_ && (withheld_sequence_ != 0 || packet.data.size() <= delivered_)) {
        // It was told already, and its acknowledgement was lost.
        ack_ = Ack{packet.sequence, static_cast<std::uint8_t>(packet.data.size())};
        return {};
    }
    if (is_stale(packet.sequence)) return {};
    if (withheld_sequence_ != 0) {
        // After its last repeat a BMC goes on to the next number: with the same characters (phosphor-net-ipmid), or with
        // those behind them.
        if (!begins_with(packet.data, withheld_)) withheld_lost_ = withheld_lost_.value_or(0) + withheld_.size();
        last_in_ = withheld_sequence_;
        delivered_ = withheld_.size();
    }
    withheld_.assign(packet.data.begin(), packet.data.end());
    withheld_sequence_ = packet.sequence;
    return {};
}

SolTransfer::Heard SolTransfer::resume() {
    paused_ = false;
    if (withheld_sequence_ == 0) return {};
    resumed_ = std::exchange(withheld_, {});
    SolPacket packet;
    packet.sequence = std::exchange(withheld_sequence_, std::uint8_t{0});
    packet.data = resumed_;
    Heard heard = take(packet);
    if (const auto lost = std::exchange(withheld_lost_, std::nullopt)) heard.lost = lost;
    return heard;
}

// ---- To the BMC ---------------------------------------------------------------------------------------------------------

void SolTransfer::write(Bytes data) {
    assert(!writing() && !breaking());
    typed_ = std::move(data);
    taken_ = 0;
    refusals_ = 0;
    end_ = typed_.empty() ? End::done : End::none;
    doing_ = Doing::write;
}

bool SolTransfer::cancel_write() {
    const bool doubt = under_way_ && credited_ && !under_way_->refused;
    // What is under way must be acknowledged before its number is free again, unless the BMC does not have it.
    if (under_way_ && credited_ && under_way_->refused) {
        next_ = under_way_->sequence;
        under_way_.reset();
    }
    credited_ = false;
    typed_.clear();
    not_before_.reset();
    doing_ = Doing::nothing;
    end_ = End::none;
    return doubt;
}

void SolTransfer::send_break() {
    assert(!writing() && !breaking());
    end_ = End::none;
    doing_ = Doing::break_condition;
}

void SolTransfer::cancel_break() noexcept {
    if (under_way_ && under_way_->data.empty()) {
        next_ = under_way_->sequence;
        under_way_.reset();
    }
    doing_ = Doing::nothing;
    end_ = End::none;
}

std::optional<SolTransfer::Ended> SolTransfer::take_end() noexcept {
    if (end_ == End::none) return std::nullopt;
    const bool is_break = std::exchange(doing_, Doing::nothing) == Doing::break_condition;
    return Ended{std::exchange(end_, End::none), is_break, taken_};
}

void SolTransfer::end(End how) noexcept {
    credited_ = false;
    typed_.clear();
    end_ = how;
}

void SolTransfer::acknowledged(const SolPacket& packet, Time now) {
    UnderWay& sent = *under_way_;
    const std::size_t count = std::min<std::size_t>(packet.accepted, sent.data.size());
    const Wait wait = unavailable_ ? timing_.unavailable : timing_.no_progress;
    if (packet.has(sol_nack) && count == 0) {
        // It was not taken: once more, under the same number.
        sent.refused = true;
        sent.sends = 1;
        sent.resend_at = now + wait;
        return refused(now, wait);
    }
    const bool is_break = sent.data.empty();
    const bool rest = count < sent.data.size();
    const bool ours = credited_;
    next_ = sol_following(sent.sequence);
    under_way_.reset();
    credited_ = false;
    if (is_break) {
        if (doing_ == Doing::break_condition) end(End::done);
        return;
    }
    if (!ours) return;
    taken_ += count;
    // What is left goes as a new packet.
    if (taken_ == typed_.size()) return end(End::done);
    if (count > 0) refusals_ = 0;
    if (count == 0 || (rest && packet.has(sol_nack))) refused(now, wait);
}

void SolTransfer::refused(Time now, Wait wait) {
    if (++refusals_ >= timing_.refusals) {
        if (under_way_) next_ = under_way_->sequence;
        under_way_.reset();
        end(End::refused);
    } else if (!under_way_) {
        not_before_ = now + wait;
    }
}

bool SolTransfer::begin_packet(Time now) {
    if (under_way_ || end_ != End::none || doing_ == Doing::nothing) return false;
    if (not_before_ && now < *not_before_) return false;
    not_before_.reset();
    UnderWay packet;
    packet.sequence = next_;
    if (doing_ == Doing::write) {
        const ByteView left = ByteView(typed_).subspan(taken_);
        const ByteView piece = left.first(std::min(left.size(), most_data_));
        packet.data.assign(piece.begin(), piece.end());
        credited_ = true;
    }
    packet.sends = 1;
    packet.resend_at = now + timing_.resend;
    under_way_ = std::move(packet);
    return true;
}

bool SolTransfer::resend(Time now) {
    UnderWay& sent = *under_way_;
    if (now < sent.resend_at || stuck_) return false;
    const bool is_break = sent.data.empty();
    if (is_break && sent.sends >= timing_.break_sends) {
        // A BMC without break has not counted this packet.
        next_ = sent.sequence;
        under_way_.reset();
        end(End::silence);
        return false;
    }
    if (sent.sends >= (sent.again ? timing_.sends_again : timing_.sends)) {
        if (sent.again) {
            stuck_ = true;
            return false;
        }
        sent.again = true;
        sent.sequence = sol_following(sent.sequence);
        sent.sends = 0;
    }
    ++sent.sends;
    sent.refused = false;
    sent.resend_at = now + timing_.resend;
    return true;
}

void SolTransfer::put(const SolPacket& packet, Bytes& out) {
    out.clear();
    encode_sol(packet, out);
}

bool SolTransfer::transmit(Time now, Bytes& out) {
    SolPacket packet;
    if (ack_) {
        // At once, and by itself: the BMC waits for it before it goes on.
        packet.ack = ack_->sequence;
        packet.accepted = ack_->count;
        ack_.reset();
        put(packet, out);
        return true;
    }
    const bool something = under_way_ ? resend(now) : begin_packet(now);
    if (!something) return false;
    packet.sequence = under_way_->sequence;
    packet.bits = under_way_->data.empty() ? sol_break : std::uint8_t{0};
    packet.data = under_way_->data;
    put(packet, out);
    return true;
}

std::optional<Time> SolTransfer::deadline() const noexcept {
    if (stuck_) return std::nullopt;
    if (under_way_) return under_way_->resend_at;
    return not_before_;
}

}  // namespace haas::ipmi

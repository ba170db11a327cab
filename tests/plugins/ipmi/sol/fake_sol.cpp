#include "tests/plugins/ipmi/sol/fake_sol.hpp"

#include <algorithm>

namespace haas::ipmi {
namespace {

std::uint8_t after(std::uint8_t number) { return number == 15 ? std::uint8_t{1} : static_cast<std::uint8_t>(number + 1); }

std::uint32_t u32_at(ByteView data, std::size_t at) {
    return static_cast<std::uint32_t>(data[at]) | static_cast<std::uint32_t>(data[at + 1]) << 8 |
           static_cast<std::uint32_t>(data[at + 2]) << 16 | static_cast<std::uint32_t>(data[at + 3]) << 24;
}

}  // namespace

void FakeSol::activate(std::uint32_t session) {
    owner = session;
    out_ = 0;
    queue_.insert(0, out_text_);
    out_text_.clear();
    next_out_ = first_number;
    expected_ = 1;
    last_ = 0;
    last_taken_ = 0;
    paused_ = false;
}

std::optional<Bytes> FakeSol::execute(std::uint32_t session, std::uint8_t command, ByteView data) {
    const auto low = static_cast<std::uint8_t>(options.advertised);
    const auto high = static_cast<std::uint8_t>(options.advertised >> 8);
    switch (command) {
        case 0x48:
            if (data.size() != 6 || data[0] != 1 || data[1] != 1) return Bytes{0xcc};
            if (options.refusal != 0) return Bytes{options.refusal};
            if (owner != 0) return Bytes{0x80};
            ++activations;
            activate(session);
            // Sizes both ways, port 623, no VLAN.
            return Bytes{0, 0, 0, 0, 0, low, high, low, high, 0x6f, 0x02, 0xff, 0xff};
        case 0x49:
            if (data.size() != 6 || data[0] != 1 || data[1] != 1) return Bytes{0xcc};
            if (owner == 0) return Bytes{0x80};
            ++deactivations;
            if (!options.stuck) release();
            return Bytes{0};
        case 0x4a:
            if (!options.activation_status) return Bytes{0xc1};
            return Bytes{0, 1, static_cast<std::uint8_t>(owner != 0 ? 1 : 0), 0};
        case 0x4b:
            if (!options.instance_info) return Bytes{0xc1};
            return Bytes{0, static_cast<std::uint8_t>(owner), static_cast<std::uint8_t>(owner >> 8),
                         static_cast<std::uint8_t>(owner >> 16), static_cast<std::uint8_t>(owner >> 24), 1, 0, 0, 0, 0, 0, 0, 0};
        case 0x4e:
            if (!options.payload_support) return Bytes{0, 0x01, 0, 0x3f, 0, 0, 0, 0, 0};
            return Bytes{0, 0x03, 0, 0x3f, 0, 0, 0, 0, 0};
        case 0x3d:
            if (!options.session_info) return Bytes{0xc1};
            if (data.size() != 5 || data[0] != 0xff) return Bytes{0xcc};
            if (!sessions.contains(u32_at(data, 1))) return Bytes{0, 0, 4, 1};
            // User 3, ADMINISTRATOR, channel 1, from 192.0.2.7 (RFC 5737).
            return Bytes{0, 1, 4, 2, 3, 4, 1, 192, 0, 2, 7, 0, 0, 0, 0, 0, 0, 0x12, 0x34};
        default: return std::nullopt;
    }
}

Bytes FakeSol::answer(std::uint8_t ack, std::size_t accepted, std::uint8_t bits) const {
    return {0, ack, static_cast<std::uint8_t>(accepted), bits};
}

std::optional<Bytes> FakeSol::receive(std::uint32_t session, ByteView payload, Time now) {
    if (session != owner || payload.size() < 4) return std::nullopt;
    const std::uint8_t number = payload[0] & 0x0f;
    const std::uint8_t ack = payload[1] & 0x0f;
    const std::uint8_t operation = payload[3];
    paused_ = (operation & 0x08) != 0;
    if (ack != 0 && ack == out_) {
        queue_.insert(0, out_text_.substr(std::min<std::size_t>(payload[2], out_text_.size())));
        out_text_.clear();
        out_ = 0;
    }
    static_cast<void>(now);
    if (number == 0) return std::nullopt;
    const std::string text(payload.begin() + 4, payload.end());
    if (number == last_) {
        if (!options.acknowledges_repeats) return std::nullopt;
        return answer(number, last_taken_, 0);
    }
    if (number != expected_) {
        ++dropped;
        return std::nullopt;
    }
    if (text.empty() && !options.has_break) return std::nullopt;
    if (!options.available) return answer(number, 0, 0x60);
    const std::size_t taken = std::min(text.size(), options.takes);
    typed += text.substr(0, taken);
    if (options.echoes) queue_ += text.substr(0, taken);
    if ((operation & 0x10) != 0) ++breaks;
    last_ = number;
    last_taken_ = taken;
    expected_ = after(number);
    return answer(number, taken, 0);
}

std::optional<Time> FakeSol::due() const noexcept {
    if (owner == 0) return std::nullopt;
    if (out_ != 0) return again_at_;
    if (queue_.empty() || paused_) return std::nullopt;
    return Time{};
}

std::optional<Bytes> FakeSol::next(Time now) {
    const auto when = due();
    if (!when || now < *when) return std::nullopt;
    if (out_ != 0 && sent_ > options.repeats) {
        // Nobody acknowledges it.
        out_ = 0;
        if (options.goes_on_after_repeats) {
            queue_.insert(0, out_text_);
        } else {
            overrun = true;
        }
        out_text_.clear();
        if (queue_.empty()) return std::nullopt;
    }
    if (out_ == 0) {
        out_ = next_out_;
        next_out_ = after(next_out_);
        out_text_ = queue_.substr(0, options.per_packet);
        queue_.erase(0, out_text_.size());
        sent_ = 0;
    }
    ++sent_;
    again_at_ = now + options.retry;
    Bytes packet{out_, 0, 0, static_cast<std::uint8_t>(overrun ? 0x08 : 0x00)};
    overrun = false;
    packet.insert(packet.end(), out_text_.begin(), out_text_.end());
    return packet;
}

}  // namespace haas::ipmi

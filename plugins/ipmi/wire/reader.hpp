// Reads a message front to back as the specification lists its fields.  Failure is sticky: past the end every read
// gives zeros, and finish() says once whether all of it was there and nothing more.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "plugins/ipmi/wire/bytes.hpp"

namespace haas::ipmi {

class Reader {
public:
    explicit Reader(ByteView bytes) noexcept : left_(bytes) {}

    // The next n bytes, or an empty view.
    ByteView take(std::size_t n) noexcept {
        if (!ok_ || n > left_.size()) {
            ok_ = false;
            return {};
        }
        const ByteView taken = left_.first(n);
        left_ = left_.subspan(n);
        return taken;
    }

    std::uint8_t u8() noexcept {
        const ByteView b = take(1);
        return b.empty() ? std::uint8_t{0} : b[0];
    }

    std::uint16_t u16le() noexcept {
        const ByteView b = take(2);
        return b.empty() ? std::uint16_t{0} : static_cast<std::uint16_t>(b[0] | b[1] << 8);
    }

    std::uint32_t u32le() noexcept {
        const ByteView b = take(4);
        if (b.empty()) return 0;
        return static_cast<std::uint32_t>(b[0]) | static_cast<std::uint32_t>(b[1]) << 8 |
               static_cast<std::uint32_t>(b[2]) << 16 | static_cast<std::uint32_t>(b[3]) << 24;
    }

    template <std::size_t N>
    std::array<std::uint8_t, N> bytes() noexcept {
        std::array<std::uint8_t, N> out{};
        const ByteView b = take(N);
        std::copy(b.begin(), b.end(), out.begin());
        return out;
    }

    // All that is left; it counts as read.
    ByteView rest() noexcept { return take(left_.size()); }

    // A byte whose value the specification fixes.
    void expect(std::uint8_t value) noexcept {
        if (u8() != value) ok_ = false;
    }

    std::size_t left() const noexcept { return ok_ ? left_.size() : 0; }

    // True when every read was within the message and nothing is left: trailing bytes are an error.
    bool finish() const noexcept { return ok_ && left_.empty(); }
    // The same where peers are known to send more than the specification says; the caller says why.
    bool finish_allowing_trailing_bytes() const noexcept { return ok_; }

private:
    ByteView left_;
    bool ok_ = true;
};

}  // namespace haas::ipmi

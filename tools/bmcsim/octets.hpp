// Bounded reading and writing of the bytes of one datagram; it knows no message.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <stdexcept>

namespace haas::bmcsim {

using Octets = std::span<const std::uint8_t>;

// The low eight bits, said aloud.
template <class Integer>
constexpr std::uint8_t octet(Integer value) noexcept {
    return static_cast<std::uint8_t>(value & 0xFF);
}

// Reads from the front.  Reading past the end yields zeros and makes ok() false for good.
class Cursor {
public:
    explicit Cursor(Octets octets) noexcept : left_(octets) {}

    std::uint8_t u8() noexcept {
        const Octets one = take(1);
        return one.empty() ? std::uint8_t{0} : one[0];
    }
    std::uint16_t u16() noexcept {
        const std::uint8_t low = u8();
        return static_cast<std::uint16_t>(low | u8() << 8);
    }
    std::uint32_t u32() noexcept {
        const std::uint32_t low = u16();
        return low | static_cast<std::uint32_t>(u16()) << 16;
    }
    Octets take(std::size_t count) noexcept {
        if (count > left_.size()) {
            ok_ = false;
            left_ = {};
            return {};
        }
        const Octets taken = left_.first(count);
        left_ = left_.subspan(count);
        return taken;
    }
    Octets rest() noexcept { return take(left_.size()); }

    bool ok() const noexcept { return ok_; }
    std::size_t left() const noexcept { return left_.size(); }

private:
    Octets left_;
    bool ok_ = true;
};

// A datagram, or a part of one, while it is written.  It throws std::length_error when a message would not fit, which
// no message of this simulator does.
class Packet {
public:
    static constexpr std::size_t capacity = 480;

    Packet& u8(unsigned value) {
        reserve(1);
        octets_[size_++] = octet(value);
        return *this;
    }
    Packet& u16(unsigned value) { return u8(value).u8(value >> 8); }
    Packet& u24(std::uint32_t value) { return u16(value & 0xFFFF).u8(value >> 16); }
    Packet& u32(std::uint32_t value) { return u16(value & 0xFFFF).u16(value >> 16); }
    Packet& octets(Octets octets) {
        reserve(octets.size());
        std::copy(octets.begin(), octets.end(), octets_.begin() + static_cast<std::ptrdiff_t>(size_));
        size_ += octets.size();
        return *this;
    }
    Packet& octets(std::initializer_list<unsigned> values) {
        for (const unsigned value : values) {
            u8(value);
        }
        return *this;
    }
    Packet& fill(std::size_t count, unsigned value) {
        for (std::size_t i = 0; i < count; ++i) {
            u8(value);
        }
        return *this;
    }

    void clear() noexcept { size_ = 0; }
    std::size_t size() const noexcept { return size_; }
    Octets view() const noexcept { return Octets(octets_.data(), size_); }
    std::span<std::uint8_t> writable() noexcept { return std::span(octets_.data(), size_); }

private:
    void reserve(std::size_t count) const {
        if (size_ + count > capacity) {
            throw std::length_error("a datagram of the simulator grew too long");
        }
    }

    // Left as it is: a packet is made for each datagram, and only what was written is ever read.
    std::array<std::uint8_t, capacity> octets_;  // NOLINT
    std::size_t size_ = 0;
};

}  // namespace haas::bmcsim

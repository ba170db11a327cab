// Appends a message field by field to bytes that the caller owns.
#pragma once

#include <cstddef>
#include <cstdint>

#include "plugins/ipmi/wire/bytes.hpp"

namespace haas::ipmi {

class Writer {
public:
    // `out` must outlive the writer; what it holds already stays in front.
    explicit Writer(Bytes& out) noexcept : out_(out) {}

    void u8(std::uint8_t value) { out_.push_back(value); }

    void u16le(std::uint16_t value) {
        u8(static_cast<std::uint8_t>(value));
        u8(static_cast<std::uint8_t>(value >> 8));
    }

    void u32le(std::uint32_t value) {
        u16le(static_cast<std::uint16_t>(value));
        u16le(static_cast<std::uint16_t>(value >> 16));
    }

    void bytes(ByteView value) { out_.insert(out_.end(), value.begin(), value.end()); }
    void fill(std::size_t n, std::uint8_t value) { out_.insert(out_.end(), n, value); }

    std::size_t size() const noexcept { return out_.size(); }
    // What was written from `begin` on; valid until the next write.
    ByteView since(std::size_t begin) const noexcept { return ByteView(out_).subspan(begin); }

private:
    Bytes& out_;
};

}  // namespace haas::ipmi

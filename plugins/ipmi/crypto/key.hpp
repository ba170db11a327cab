// A key, password or digest in memory, of at most N bytes: no allocation, wiped when it goes or is moved from.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>

namespace haas::ipmi {

// Overwrites in a way the compiler may not remove.
void wipe(std::span<std::uint8_t> bytes) noexcept;

// Move-only, so that no copy of a secret is made unseen.
template <std::size_t N>
class Key {
public:
    Key() = default;
    // Precondition: at most N bytes.
    explicit Key(std::span<const std::uint8_t> bytes) noexcept : size_(static_cast<std::uint8_t>(bytes.size())) {
        static_assert(N <= 255);
        assert(bytes.size() <= N);
        std::copy(bytes.begin(), bytes.end(), bytes_.begin());
    }
    Key(Key&& other) noexcept : bytes_(other.bytes_), size_(other.size_) { other.clear(); }
    Key& operator=(Key&& other) noexcept {
        if (this != &other) {
            bytes_ = other.bytes_;
            size_ = other.size_;
            other.clear();
        }
        return *this;
    }
    Key(const Key&) = delete;
    Key& operator=(const Key&) = delete;
    ~Key() { clear(); }

    std::span<const std::uint8_t> view() const noexcept { return std::span(bytes_).first(size_); }

private:
    void clear() noexcept {
        wipe(bytes_);
        size_ = 0;
    }

    std::array<std::uint8_t, N> bytes_{};
    std::uint8_t size_ = 0;
};

}  // namespace haas::ipmi

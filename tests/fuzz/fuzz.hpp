// What every fuzz target needs: the entry that libFuzzer and standalone_main.cpp call, the bytes of one input read
// front to back, and promises whose breach ends the process.  Knows nothing of what is under test.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

// Each target defines it.  Never throws; returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace haas::fuzz {

// libFuzzer and the sanitizers keep the input of a process that aborts.
inline void require(bool holds, const char* promise) {
    if (holds) return;
    std::fprintf(stderr, "broken promise: %s\n", promise);
    std::abort();
}

// The fuzzer's choices, one after the other.  Past the end every choice is 0.
class Choices {
public:
    explicit Choices(std::span<const std::uint8_t> bytes) noexcept : left_(bytes) {}

    bool none_left() const noexcept { return left_.empty(); }

    std::uint8_t byte() noexcept {
        if (left_.empty()) return 0;
        const std::uint8_t value = left_.front();
        left_ = left_.subspan(1);
        return value;
    }
    std::size_t two_bytes() noexcept {
        const std::size_t low = byte();
        return low | std::size_t{byte()} << 8;
    }
    bool yes() noexcept { return (byte() & 1) != 0; }
    // Precondition: 0 < count <= 256.
    std::size_t below(std::size_t count) noexcept { return byte() % count; }
    // At most n bytes, fewer at the end.
    std::span<const std::uint8_t> bytes(std::size_t n) noexcept {
        const auto taken = left_.first(std::min(n, left_.size()));
        left_ = left_.subspan(taken.size());
        return taken;
    }
    std::span<const std::uint8_t> rest() noexcept { return bytes(left_.size()); }

private:
    std::span<const std::uint8_t> left_;
};

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) noexcept {
    return {reinterpret_cast<const char*>(data), size};
}

// Does a view that a decoder gave lie inside the bytes it was given?  An empty one may lie anywhere.
inline bool inside(std::span<const std::uint8_t> part, std::span<const std::uint8_t> whole) noexcept {
    if (part.empty()) return true;
    return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

}  // namespace haas::fuzz

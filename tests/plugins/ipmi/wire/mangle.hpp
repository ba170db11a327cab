// Every way to damage a datagram a little: all truncations, all flips of one bit, one byte more.
// Each variant is a copy of its exact size on the heap, so that AddressSanitizer sees a read past its end.
#pragma once

#include "plugins/ipmi/wire/bytes.hpp"

namespace haas::ipmi {

// Calls `visit` with every proper prefix, the empty one included.
template <class Visit>
void each_truncation(const Bytes& good, Visit visit) {
    for (std::size_t size = 0; size < good.size(); ++size) {
        Bytes cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
        cut.shrink_to_fit();
        visit(cut);
    }
}

// Calls `visit` with every copy in which one bit differs, and where.
template <class Visit>
void each_flip(const Bytes& good, Visit visit) {
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            Bytes flipped = good;
            flipped[at] = static_cast<std::uint8_t>(flipped[at] ^ 1U << bit);
            visit(flipped, at);
        }
    }
}

inline Bytes with_trailing_byte(Bytes good) {
    good.push_back(0);
    return good;
}

}  // namespace haas::ipmi

// The latest that came from one console, for readers who each have a place of their own in it.  A reader who is too slow loses
// what is pushed out, and is told how much; nothing waits for him.  It knows no loop, no file and no driver.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/console/record.hpp"

namespace haas::console {

struct Piece {
    Kind kind = Kind::data;
    std::int64_t time_ms = 0;
    std::string text;          // the console's bytes, or a marker's sentence
    std::uint64_t lost = 0;    // of gap, and of missing: bytes that the reader was too slow for
    std::optional<std::uint64_t> offset{};  // of the first byte in the history, where it is recorded

    friend bool operator==(const Piece&, const Piece&) = default;
};

class Ring {
public:
    // A reader's.
    struct Place {
        std::uint64_t piece = 0;  // counted since the ring was made
        std::uint64_t byte = 0;   // likewise
    };

    static constexpr std::int64_t together_ms = 50;
    static constexpr std::size_t longest_data = 4096;
    static constexpr std::size_t most_pieces = 1024;

    explicit Ring(std::size_t most_bytes) : most_bytes_(most_bytes) {}

    // How much is kept from now on.
    void keep(std::size_t most_bytes);
    // Output that follows shortly on other output is one piece with it.  Neither is ever empty of output.
    void push(Piece piece);

    Place end() const noexcept { return {first_ + pieces_.size(), bytes_}; }
    // Where the last so many bytes begin, or all that there are.
    Place last_bytes(std::uint64_t count) const noexcept;
    // Behind what a reader of the history has seen when he read up to this offset.  Errc::not_found: what follows is not in
    // the ring any more, he is to go on in the history.  Markers at this very offset he may see twice.
    Result<Place> behind(std::uint64_t offset) const;

    bool has_news(const Place& place) const noexcept;
    // Something was pushed out before a reader at this place took it.
    bool is_lost(const Place& place) const noexcept {
        return place.piece < first_ || (!pieces_.empty() && place.byte < pieces_.front().at);
    }
    // What follows the place, `most` bytes of output at most and one at least; moves the place behind it.
    std::vector<Piece> take(Place& place, std::size_t most) const;

private:
    struct Kept {
        Piece piece;
        std::uint64_t at = 0;  // the ring's bytes before it
        std::size_t size() const noexcept { return piece.kind == Kind::data ? piece.text.size() : 0; }
    };
    bool joins(const Piece& piece) const noexcept;
    void drop_old();

    std::size_t most_bytes_;
    std::deque<Kept> pieces_;
    std::uint64_t first_ = 0;  // number of pieces_.front()
    std::uint64_t bytes_ = 0;  // of output, ever
};

}  // namespace haas::console

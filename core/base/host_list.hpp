// Many labels in one line: "rack[1-4]-n[01-40],gw1", as powerman, FreeIPMI and ClusterShell write it.  Knows no node.
//
// Terms stand between commas or blanks.  A term may have several brackets, each a list of numbers and ranges; the last
// bracket counts fastest.  A number that begins with 0 fixes the width of its range: [08-10] is 08 09 10, [8-10] is
// 8 9 10.  Blanks may stand beside the commas in a bracket.  No steps ([1-9/2]) and none of ClusterShell's operators.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace haas {

// What the names of nodes are made of: [A-Za-z0-9._:+-], as they stand in a URL without escapes.
bool is_label_char(char c) noexcept;
inline constexpr std::size_t longest_label = 255;  // bytes

class HostList {
public:
    static constexpr std::size_t most_labels = 100'000;

    HostList() = default;  // names nothing

    // Errc::invalid with a sentence that says where: nothing named, a bracket that is none, a label that breaks the rule
    // of a label, more than `limit` labels.  A label that is named twice counts twice there, so that the limit bounds
    // the work too.
    static Result<HostList> parse(std::string_view text, std::size_t limit = most_labels);

    // In the order in which they stand, each once.
    std::vector<std::string> labels() const;
    // How many labels() has: as dear as that one.
    std::size_t size() const;
    // Without unfolding anything.
    bool contains(std::string_view label) const;
    bool empty() const noexcept { return terms_.empty(); }

    // One line for these labels, short but not the shortest there is; parse() makes the same set of it.
    static std::string fold(std::span<const std::string> labels);

private:
    struct Range {
        std::uint64_t first = 0;
        std::uint64_t last = 0;
        unsigned width = 0;  // zeros in front make up this many digits
    };
    // Text, then one of the numbers; the last piece of a term has no numbers.
    struct Piece {
        std::string text;
        std::vector<Range> numbers{};
    };
    using Term = std::vector<Piece>;
    class Parser;

    static bool matches(const Term& term, std::string_view label);

    std::vector<Term> terms_;
    std::vector<std::uint32_t> plain_;    // the terms without a bracket, sorted by their text
    std::vector<std::uint32_t> bracket_;  // the others
};

}  // namespace haas

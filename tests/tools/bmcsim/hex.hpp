// Bytes as people write them: "06 00 ff 07".
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "tools/bmcsim/octets.hpp"

inline std::vector<std::uint8_t> hex(std::string_view text) {
    std::string digits;
    for (const char digit : text) {
        if (digit != ' ' && digit != '\n') {
            digits.push_back(digit);
        }
    }
    std::vector<std::uint8_t> octets;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
        std::uint8_t octet = 0;
        std::from_chars(digits.data() + i, digits.data() + i + 2, octet, 16);
        octets.push_back(octet);
    }
    return octets;
}

inline std::vector<std::uint8_t> listed(haas::bmcsim::Octets octets) { return {octets.begin(), octets.end()}; }

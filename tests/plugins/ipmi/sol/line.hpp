// A SolTransfer as a test drives it: packets written and read as hexadecimal digits, and time as a variable.
#pragma once

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <string_view>

#include "plugins/ipmi/sol/transfer.hpp"
#include "tests/plugins/ipmi/wire/hex.hpp"

namespace haas::ipmi {

struct Line {
    explicit Line(std::size_t most_data = 255) : transfer(most_data, SolTransfer::Timing{}) {}

    // What is told of a packet from the BMC.
    SolTransfer::Heard hear(std::string_view hex) {
        last = from_hex(hex);
        return transfer.receive(last, now);
    }
    std::string text(std::string_view hex) {
        const auto heard = hear(hex);
        return {heard.data.begin(), heard.data.end()};
    }
    // What is sent now; nothing: "-".
    std::string sent() {
        Bytes out;
        if (!transfer.transmit(now, out)) return "-";
        static constexpr char digits[] = "0123456789abcdef";
        std::string hex;
        for (const std::uint8_t byte : out) {
            hex += digits[byte >> 4];
            hex += digits[byte & 15];
        }
        return hex;
    }
    // The same when the next deadline has passed.
    std::string sent_later() {
        REQUIRE(transfer.deadline());
        now = std::max(now, *transfer.deadline());
        return sent();
    }
    void type(std::string_view text) { transfer.write(copy(view(text))); }

    Time now{std::chrono::hours(1)};
    Bytes last;
    SolTransfer transfer;
};

}  // namespace haas::ipmi

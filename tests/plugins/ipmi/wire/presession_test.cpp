#include "plugins/ipmi/wire/presession.hpp"

#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/wire/captured.hpp"
#include "tests/plugins/ipmi/wire/hex.hpp"
#include "tests/plugins/ipmi/wire/mangle.hpp"

using namespace haas::ipmi;

TEST_CASE("the captured capability query and its answer decode, and encode to the same bytes") {
    for (std::size_t i = 0; i < 2; ++i) {
        const Bytes datagram = from_hex(suite_3_chassis_status[i].hex);
        const auto message = decode_presession(datagram);
        REQUIRE(message);
        CHECK(copy(*message) == Bytes(datagram.begin() + 14, datagram.end()));
        Bytes again;
        encode_presession(*message, again);
        CHECK(again == datagram);
    }
}

TEST_CASE("a legacy pad byte is allowed, a second one is not") {
    Bytes datagram = with_trailing_byte(from_hex(suite_3_chassis_status[1].hex));
    const auto message = decode_presession(datagram);
    REQUIRE(message);
    CHECK(message->size() == 16);
    datagram.push_back(0);
    CHECK_FALSE(decode_presession(datagram));
}

TEST_CASE("damaged wrappers are refused") {
    const Bytes good = from_hex(suite_3_chassis_status[1].hex);
    each_truncation(good, [](const Bytes& cut) { CHECK_FALSE(decode_presession(cut)); });
    each_flip(good, [&](const Bytes& flipped, std::size_t at) {
        const auto message = decode_presession(flipped);
        // Reserved byte, RMCP sequence and session sequence are not looked at, the message is not understood here.
        const bool carries_nothing = at == 1 || at == 2 || (at >= 5 && at <= 8) || at >= 14;
        // One byte less in the length byte leaves one behind, which may be the legacy pad.
        const bool pad_like = at == 13 && flipped[13] == good[13] - 1;
        CHECK(message.has_value() == (carries_nothing || pad_like));
    });
}

TEST_CASE("a message of a session is not taken for one outside") {
    Bytes datagram = from_hex(suite_3_chassis_status[1].hex);
    datagram[9] = 1;
    CHECK_FALSE(decode_presession(datagram));
    CHECK_FALSE(decode_presession(from_hex(suite_3_chassis_status[3].hex)));
}

// What is typed, packet by packet: the bytes are those of IPMI 2.0 table 15-2, as in transfer_test.cpp.
#include "plugins/ipmi/sol/transfer.hpp"

#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/sol/line.hpp"

using namespace haas::ipmi;
using namespace std::chrono_literals;
using End = SolTransfer::End;

TEST_CASE("what is typed goes out in numbered packets, one at a time, cut to what the BMC takes") {
    Line line(3);
    line.type("abcde");
    CHECK(line.sent() == "01000000616263");
    CHECK(line.sent() == "-");
    CHECK(line.transfer.writing());
    line.hear("00010300");
    CHECK(line.transfer.taken() == 3);
    CHECK(line.sent() == "020000006465");
    line.hear("00020200");
    const auto ended = line.transfer.take_end();
    REQUIRE(ended);
    CHECK(ended->how == End::done);
    CHECK(ended->taken == 5);
    CHECK_FALSE(ended->is_break);
    CHECK_FALSE(line.transfer.take_end());
    CHECK_FALSE(line.transfer.writing());
    CHECK_FALSE(line.transfer.deadline());
}

TEST_CASE("an acknowledgement may travel with output, and the one of output does not wait for it") {
    Line line;
    line.type("a");
    CHECK(line.sent() == "0100000061");
    CHECK(line.text("01010100 61") == "a");
    CHECK(line.transfer.take_end()->how == End::done);
    CHECK(line.sent() == "00010100");
    line.type("b");
    line.sent();
    CHECK(line.text("02000000 78") == "x");
    CHECK(line.sent() == "00020100");
    CHECK(line.sent() == "-");
}

TEST_CASE("a packet without an answer is repeated as it was, not sooner than half a second") {
    Line line;
    line.type("a");
    CHECK(line.sent() == "0100000061");
    for (int i = 0; i < 15; ++i) {
        const Time before = line.now;
        CHECK(line.sent_later() == "0100000061");
        CHECK(line.now - before == 500ms);
    }
    // FreeIPMI `solpacketseq`: a BMC may have lost its acknowledgement, and drop each repeat.
    CHECK(line.sent_later() == "0200000061");
    CHECK_FALSE(line.transfer.stuck());
    SECTION("under the next number it is taken") {
        line.hear("00020100");
        CHECK(line.transfer.take_end()->how == End::done);
        line.type("b");
        CHECK(line.sent() == "0300000062");
    }
    SECTION("or nothing is: only another activation helps") {
        for (int i = 0; i < 3; ++i) CHECK(line.sent_later() == "0200000061");
        CHECK(line.sent_later() == "-");
        CHECK(line.transfer.stuck());
        CHECK_FALSE(line.transfer.deadline());
        CHECK(line.transfer.writing());
        CHECK(line.transfer.cancel_write());  // it may have been taken all the same
    }
}

TEST_CASE("what was taken in part goes on behind it, as a new packet") {
    Line line;
    line.type("abcdef");
    line.sent();
    line.hear("00010400");
    CHECK(line.sent() == "020000006566");
    line.hear("00020200");
    CHECK(line.transfer.take_end()->taken == 6);
}

TEST_CASE("where nothing of it was taken, without a NACK, the rest goes 100 ms later, and not for ever") {
    Line line;
    line.type("ab");
    line.sent();
    std::uint8_t number = 1;
    for (int i = 0; i < 63; ++i) {
        line.transfer.receive(Bytes{0, number, 0, 0}, line.now);
        const Time before = line.now;
        CHECK(line.sent() == "-");
        number = number == 15 ? 1 : static_cast<std::uint8_t>(number + 1);
        CHECK(line.sent_later().substr(1, 1) == std::string{"0123456789abcdef"[number]});
        CHECK(line.now - before == 100ms);
    }
    line.transfer.receive(Bytes{0, number, 0, 0}, line.now);
    const auto ended = line.transfer.take_end();
    REQUIRE(ended);
    CHECK(ended->how == End::refused);
    CHECK(ended->taken == 0);
}

TEST_CASE("NACK with 'unavailable': the characters are kept, and tried again each second under the same number") {
    Line line;
    line.type("ab");
    line.sent();
    line.hear("00010060");
    CHECK(line.transfer.unavailable());
    const Time before = line.now;
    CHECK(line.sent() == "-");
    CHECK(line.sent_later() == "010000006162");
    CHECK(line.now - before == 1s);
    line.hear("00010060");
    CHECK(line.sent_later() == "010000006162");
    line.hear("00010200");
    CHECK_FALSE(line.transfer.unavailable());
    CHECK(line.transfer.take_end()->how == End::done);
}

TEST_CASE("NACK with 'deactivated' is told") {
    Line line;
    line.type("a");
    line.sent();
    CHECK(line.hear("00010050").deactivated);
    CHECK(line.hear("00000010").deactivated);
    CHECK_FALSE(line.hear("00000000").deactivated);
}

TEST_CASE("a NACK that took some: the rest goes later") {
    Line line;
    line.type("abcd");
    line.sent();
    line.hear("00010240");
    CHECK(line.sent() == "-");
    CHECK(line.sent_later() == "020000006364");
    CHECK(line.transfer.taken() == 2);
}

TEST_CASE("a break is a packet of its own, and what is typed waits for its acknowledgement") {
    Line line;
    line.transfer.send_break();
    CHECK(line.sent() == "01000010");
    CHECK(line.transfer.breaking());
    line.hear("00010000");
    const auto ended = line.transfer.take_end();
    REQUIRE(ended);
    CHECK(ended->how == End::done);
    CHECK(ended->is_break);
    line.type("a");
    CHECK(line.sent() == "0200000061");
}

TEST_CASE("a break that is never acknowledged ends, and its number is used again: the BMC has not counted it") {
    Line line;
    line.transfer.send_break();
    CHECK(line.sent() == "01000010");
    for (int i = 0; i < 3; ++i) CHECK(line.sent_later() == "01000010");
    CHECK(line.sent_later() == "-");
    CHECK(line.transfer.take_end()->how == End::silence);
    line.type("a");
    CHECK(line.sent() == "0100000061");
}

TEST_CASE("a write that is given up: what is under way comes to its end before something else is typed") {
    Line line(2);
    line.type("abcd");
    line.sent();
    CHECK(line.transfer.cancel_write());
    CHECK_FALSE(line.transfer.writing());
    CHECK(line.transfer.taken() == 0);
    line.type("x");
    CHECK(line.sent() == "-");
    CHECK(line.sent_later() == "010000006162");
    line.hear("00010200");
    CHECK(line.transfer.taken() == 0);
    CHECK(line.sent() == "0200000078");
    line.hear("00020100");
    CHECK(line.transfer.take_end()->taken == 1);
}

TEST_CASE("what the BMC has refused is not under way: nothing of it is left when it is given up") {
    Line line;
    line.type("ab");
    line.sent();
    line.hear("00010060");
    CHECK_FALSE(line.transfer.cancel_write());
    line.type("x");
    CHECK(line.sent() == "0100000078");
}

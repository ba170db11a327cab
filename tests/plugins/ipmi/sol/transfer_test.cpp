// What the BMC prints, packet by packet.  The bytes are those of IPMI 2.0 table 15-2: sequence, acknowledged sequence,
// accepted characters, operation or status, characters.
#include "plugins/ipmi/sol/transfer.hpp"

#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/sol/line.hpp"

using namespace haas::ipmi;
using End = SolTransfer::End;

TEST_CASE("output is acknowledged at once, by a packet without a number, with the count of its characters") {
    Line line;
    CHECK(line.text("01000000 6869") == "hi");
    CHECK(line.sent() == "00010200");
    CHECK(line.sent() == "-");
    CHECK_FALSE(line.transfer.deadline());
    CHECK(line.text("02000000 21") == "!");
    CHECK(line.sent() == "00020100");
}

TEST_CASE("a packet without a number is not acknowledged, one without characters is") {
    Line line;
    CHECK(line.text("00000000").empty());
    CHECK(line.sent() == "-");
    CHECK(line.text("01000000").empty());
    CHECK(line.sent() == "00010000");
}

TEST_CASE("a repeat is told as far as it is new, and acknowledged with all that it has") {
    Line line;
    line.hear("01000000 616263");
    CHECK(line.sent() == "00010300");
    SECTION("the same") {
        CHECK(line.text("01000000 616263").empty());
        CHECK(line.sent() == "00010300");
    }
    SECTION("longer") {
        CHECK(line.text("01000000 61626364") == "d");
        CHECK(line.sent() == "00010400");
        CHECK(line.text("01000000 61626364").empty());
    }
    SECTION("shorter") {
        CHECK(line.text("01000000 6162").empty());
        CHECK(line.sent() == "00010200");
        CHECK(line.text("01000000 61626364") == "d");
    }
    CHECK(line.text("02000000 7a") == "z");
}

TEST_CASE("numbers go from 15 to 1, both ways") {
    Line line;
    for (int round = 0; round < 3; ++round) {
        for (std::uint8_t number = 1; number <= 15; ++number) {
            const Bytes packet{number, 0, 0, 0, 'x'};
            const auto heard = line.transfer.receive(packet, line.now);
            CHECK(heard.data.size() == 1);
            CHECK_FALSE(heard.lost);
            CHECK(line.sent().substr(2, 2) == std::string{'0', "0123456789abcdef"[number]});
            line.type("k");
            CHECK(line.sent().substr(0, 2) == std::string{'0', "0123456789abcdef"[number]});
            line.transfer.receive(Bytes{0, number, 1, 0}, line.now);
            CHECK(line.transfer.take_end()->how == End::done);
        }
    }
}

TEST_CASE("the upper halves of the sequence bytes are reserved") {
    Line line;
    CHECK(line.text("f1f00000 61") == "a");
    CHECK(line.sent() == "00010100");
}

TEST_CASE("a number that was left out is a gap, whose size nobody knows") {
    Line line;
    line.hear("01000000 61");
    const auto heard = line.hear("03000000 63");
    CHECK(heard.lost == 0U);
    CHECK(heard.data.size() == 1);
    line.sent();
    CHECK_FALSE(line.hear("04000000 64").lost);
}

TEST_CASE("the first number may be any, for nothing can be missing before it") {
    Line line;
    const auto heard = line.hear("09000000 61");
    CHECK_FALSE(heard.lost);
    CHECK(heard.data.size() == 1);
}

TEST_CASE("a packet from the last half round was late: it is not told, and not acknowledged") {
    Line line;
    line.hear("05000000 65");
    line.sent();
    CHECK(line.text("04000000 64").empty());
    CHECK(line.sent() == "-");
    CHECK(line.text("06000000 66") == "f");
    line.sent();
    SECTION("but a BMC that insists on it has begun to count anew") {
        CHECK(line.text("01000000 61").empty());
        CHECK(line.sent() == "-");
        const auto heard = line.hear("01000000 61");
        CHECK(heard.data.size() == 1);
        CHECK(heard.lost == 0U);
        CHECK(line.sent() == "00010100");
        CHECK(line.text("02000000 62") == "b");
    }
}

TEST_CASE("an overrun is a gap in front of what the packet brings") {
    Line line;
    line.hear("01000000 61");
    const auto heard = line.hear("02000008 62");
    CHECK(heard.lost == 0U);
    CHECK(heard.data.size() == 1);
    CHECK(line.hear("00000008").lost == 0U);
}

TEST_CASE("255 characters are the most that can be acknowledged") {
    Line line;
    Bytes packet{1, 0, 0, 0};
    packet.insert(packet.end(), 300, 'x');
    CHECK(line.transfer.receive(packet, line.now).data.size() == 255);
    CHECK(line.sent() == "0001ff00");
}

TEST_CASE("a packet whose header is cut off is nothing") {
    Line line;
    for (const char* hex : {"", "01", "0100", "010000"}) CHECK(line.text(hex).empty());
    CHECK(line.sent() == "-");
}

TEST_CASE("while paused output is not acknowledged, and told at once after it") {
    Line line;
    line.hear("01000000 61");
    line.sent();
    line.transfer.pause();
    CHECK(line.text("02000000 6263").empty());
    CHECK(line.sent() == "-");
    CHECK(line.text("02000000 6263").empty());
    CHECK(line.sent() == "-");
    // What is typed goes on.
    line.type("k");
    CHECK(line.sent() == "010000006b");
    CHECK(line.text("02010100 626364").empty());
    CHECK(line.transfer.take_end()->how == End::done);
    const auto heard = line.transfer.resume();
    CHECK(std::string(heard.data.begin(), heard.data.end()) == "bcd");
    CHECK_FALSE(heard.lost);
    CHECK(line.sent() == "00020300");
    CHECK(line.text("03000000 65") == "e");
}

TEST_CASE("a BMC that gives up on a packet during a pause") {
    Line line;
    line.hear("01000000 61");
    line.sent();
    line.transfer.pause();
    line.hear("02000000 6263");
    SECTION("and goes on with the same characters: nothing is lost or doubled") {
        line.hear("03000000 626364");
        const auto heard = line.transfer.resume();
        CHECK(std::string(heard.data.begin(), heard.data.end()) == "bcd");
        CHECK_FALSE(heard.lost);
    }
    SECTION("and goes on behind them: so much is missing") {
        line.hear("03000000 6465");
        const auto heard = line.transfer.resume();
        CHECK(std::string(heard.data.begin(), heard.data.end()) == "de");
        CHECK(heard.lost == 2U);
    }
    CHECK(line.sent().substr(0, 4) == "0003");
}

TEST_CASE("a repeat of what was told before a pause is acknowledged during it") {
    Line line;
    line.hear("01000000 61");
    line.sent();
    line.transfer.pause();
    CHECK(line.text("01000000 61").empty());
    CHECK(line.sent() == "00010100");
    CHECK(line.transfer.resume().data.empty());
}

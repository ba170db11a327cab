#include "tools/bmcsim/sol.hpp"

#include <catch2/catch.hpp>

#include "tests/tools/bmcsim/hex.hpp"

using namespace haas::bmcsim;

namespace {

// Data of a SOL packet: sequence, acknowledged sequence, accepted count, operation or status; then characters.
struct Bench {
    SolSettings settings;
    Profile profile;
    Counters counters;
    Time now = Time(std::chrono::hours(1));
    Sol sol{settings};
    std::string typed;
    bool available = true;

    // The answer to a packet from the console; empty when there is none.
    std::vector<std::uint8_t> told(std::string_view packet) {
        Packet answer;
        const bool answered = sol.receive(hex(packet), now, profile, available, typed, answer, counters);
        CHECK(answered == (answer.size() != 0));
        return listed(answer.view());
    }
    std::vector<std::uint8_t> sent() {
        Packet packet;
        sol.due(now, profile, packet, counters);
        return listed(packet.view());
    }
    void quirk(Quirk one) { profile.quirks[static_cast<std::size_t>(one)] = true; }
};

}  // namespace

TEST_CASE("what is typed is taken once and acknowledged each time") {
    Bench bench;
    CHECK(bench.told("01 00 00 00 6869") == hex("00 01 02 00"));
    CHECK(bench.told("01 00 00 00 6869") == hex("00 01 02 00"));
    CHECK(bench.typed == "hi");
    // A repeat with more delivers what is new.
    CHECK(bench.told("01 00 00 00 686921") == hex("00 01 03 00"));
    CHECK(bench.typed == "hi!");
    CHECK(bench.told("02 00 00 00 3f") == hex("00 02 01 00"));
    CHECK(bench.typed == "hi!?");
    CHECK(bench.counters.sol_in == 4);
}

TEST_CASE("the first packet is 1, after 15 comes 1, and a gap is dropped") {
    Bench bench;
    CHECK(bench.told("02 00 00 00 61").empty());
    CHECK(bench.counters.sol_out_of_sequence == 1);
    for (int round = 0; round < 2; ++round) {
        for (int sequence = 1; sequence <= 15; ++sequence) {
            CHECK(bench.told(std::string("0") + "0123456789abcdef"[sequence] + "00 00 00 61").size() == 4);
        }
    }
    CHECK(bench.counters.sol_in == 30);
    CHECK(bench.told("03 00 00 00 61").empty());
}

TEST_CASE("a packet without characters is acknowledged; one without a sequence is not") {
    Bench bench;
    CHECK(bench.told("01 00 00 00") == hex("00 01 00 00"));
    CHECK(bench.told("02 00 00 10") == hex("00 02 00 00"));
    CHECK(bench.counters.sol_breaks == 1);
    CHECK(bench.told("00 00 00 00").empty());
    CHECK(bench.told("01 00 00").empty());
    CHECK(bench.counters.malformed == 1);
}

TEST_CASE("text leaves after the accumulate interval, or at once when there is enough") {
    Bench bench;
    bench.sol.write("abc", bench.now);
    CHECK(bench.sent().empty());
    CHECK(bench.sol.next_due() == bench.now + milliseconds(10));
    bench.now += milliseconds(10);
    CHECK(bench.sent() == hex("01 00 00 00 616263"));
    CHECK(bench.told("00 01 03 00").empty());
    CHECK(bench.sol.next_due() == Time::max());
    bench.sol.write(std::string(96, 'x'), bench.now);
    CHECK(bench.sent().size() == 100);
}

TEST_CASE("one packet is outstanding; it is repeated under its sequence until it is acknowledged or lost") {
    Bench bench;
    bench.sol.write(std::string(300, 'a'), bench.now);
    const auto first = bench.sent();
    CHECK(first.size() == 4 + 255);
    CHECK(bench.sent().empty());
    for (int retry = 0; retry < 7; ++retry) {
        bench.now += milliseconds(250);
        CHECK(bench.sent() == first);
    }
    bench.now += milliseconds(250);
    const auto second = bench.sent();
    REQUIRE(second.size() == 4 + 45);
    CHECK(second[0] == 2);
    CHECK(second[3] == 0x08);  // characters were lost before
    CHECK(bench.counters.sol_lost == 255);
    CHECK(bench.sol.unacknowledged() == 45);
}

TEST_CASE("OpenBMC repeats under the next sequence") {
    Bench bench;
    bench.quirk(Quirk::sol_new_sequence);
    bench.sol.write(std::string(100, 'a'), bench.now);
    bench.sent();
    for (int retry = 0; retry < 7; ++retry) {
        bench.now += milliseconds(250);
        bench.sent();
    }
    bench.now += milliseconds(250);
    const auto again = bench.sent();
    REQUIRE(again.size() == 104);
    CHECK(again[0] == 2);
    CHECK(again[3] == 0);
}

TEST_CASE("what was not accepted travels in a new packet") {
    Bench bench;
    bench.sol.write(std::string(96, 'a') + "bc", bench.now);
    CHECK(bench.sent().size() == 102);
    bench.told("00 01 61 00");  // 97 of 98
    CHECK(bench.sent().empty());
    bench.now += milliseconds(10);
    CHECK(bench.sent() == hex("02 00 00 00 63"));
}

TEST_CASE("a NACK delays, a pause stops, a flush forgets") {
    Bench bench;
    bench.sol.write(std::string(96, 'a'), bench.now);
    const auto first = bench.sent();
    bench.told("00 01 00 40");
    CHECK(bench.sent().empty());
    bench.now += milliseconds(250);
    CHECK(bench.sent() == first);
    bench.told("00 01 60 08");
    bench.sol.write(std::string(96, 'b'), bench.now);
    CHECK(bench.sol.next_due() == Time::max());
    bench.told("00 00 00 00");
    CHECK(bench.sol.next_due() <= bench.now);
    bench.told("00 00 00 01");
    CHECK(bench.sent().empty());
}

TEST_CASE("a machine that takes no characters leaves them with the console") {
    Bench bench;
    bench.available = false;
    CHECK(bench.told("01 00 00 00 61") == hex("00 01 00 60"));
    bench.available = true;
    CHECK(bench.told("01 00 00 00 61") == hex("00 01 01 00"));
    CHECK(bench.typed == "a");
}

TEST_CASE("OpenBMC does not acknowledge twice") {
    Bench bench;
    bench.quirk(Quirk::sol_no_reack);
    CHECK(bench.told("01 00 00 00 61").size() == 4);
    CHECK(bench.told("01 00 00 00 61").empty());
    CHECK(bench.told("02 00 00 00 62").size() == 4);
}

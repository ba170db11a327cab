#include "tools/bmcsim/console.hpp"

#include <catch2/catch.hpp>

using namespace haas::bmcsim;

namespace {

struct Bench {
    Profile profile;
    Time now = Time(std::chrono::hours(1));

    Bench() {
        profile.console_period = {};
        profile.initially_on = true;
    }
    // What console 7 writes in so long, asked whenever it says that there is more.
    std::string written(Console& console, const Machine& machine, Duration how_long) {
        std::string all;
        const Time end = now + how_long;
        for (Time next = console.next_text(profile); next <= end; next = console.next_text(profile)) {
            REQUIRE(next >= now);
            now = next;
            all += console.text(machine, now, profile);
        }
        now = end;
        return all;
    }
};

}  // namespace

TEST_CASE("a machine prints at its rate, numbered lines") {
    Bench bench;
    bench.profile.console_rate = 11520;
    const Machine machine(bench.profile);
    Console console(7, machine, bench.now, bench.profile);
    const std::string second = bench.written(console, machine, seconds(1));
    CHECK(second.size() <= 11520);
    CHECK(second.size() >= 11520 - 11520 / 50 - 1);
    const std::string all = second + bench.written(console, machine, seconds(99));
    CHECK(all.size() <= 1152000);
    CHECK(all.size() >= 1152000 - 11520 / 50 - 1);
    REQUIRE(all.substr(0, 128) == "machine 00007 prints line 0000000000 and it ends with 00000000\r\n"
                                  "machine 00007 prints line 0000000001 and it ends with 9e3779b1\r\n");
    for (std::size_t line = 0; line * 64 + 64 <= all.size(); ++line) {
        CHECK(std::stoul(all.substr(line * 64 + 26, 10)) == line);
    }
}

TEST_CASE("it stops after as many bytes as it is told") {
    Bench bench;
    bench.profile.console_rate = 1000;
    bench.profile.console_most = 1234;
    const Machine machine(bench.profile);
    Console console(7, machine, bench.now, bench.profile);
    CHECK(bench.written(console, machine, seconds(10)).size() == 1234);
    CHECK(console.next_text(bench.profile) == Time::max());
    CHECK(console.printed() == 1234);
}

TEST_CASE("it goes on where it was when somebody looks again") {
    Bench bench;
    bench.profile.console_rate = 1000;
    bench.profile.console_most = 100;
    const Machine machine(bench.profile);
    Console console(7, machine, bench.now, bench.profile, 64);
    CHECK(bench.written(console, machine, seconds(1)) == "machine 00007 prints line 0000000001");
}

TEST_CASE("a machine that is off prints nothing, and does not make up for it") {
    Bench bench;
    bench.profile.console_rate = 1000;
    Machine machine(bench.profile);
    machine.switch_by_hand(false, bench.now, bench.profile);
    machine.settle(bench.now + seconds(1), bench.profile);
    REQUIRE(!machine.on());
    Console console(7, machine, bench.now, bench.profile);
    CHECK(bench.written(console, machine, seconds(5)).empty());
    machine.switch_by_hand(true, bench.now, bench.profile);
    machine.settle(bench.now, bench.profile);
    REQUIRE(machine.on());
    const std::string boot = console.text(machine, bench.now, bench.profile);
    CHECK(boot.find("bmcsim BIOS, machine 7") != std::string::npos);
    const std::string second = bench.written(console, machine, seconds(1));
    CHECK(second.size() <= 1020);
    CHECK(second.size() >= 960);
}

TEST_CASE("an echo is a prompt behind each line, or all bytes as they are") {
    Bench bench;
    const Machine machine(bench.profile);
    Console console(7, machine, bench.now, bench.profile);
    CHECK(console.echo("ls\r", bench.profile) == "ls\r\n$ ");
    bench.profile.console_raw = true;
    std::string all;
    for (int value = 0; value < 256; ++value) {
        all.push_back(static_cast<char>(value));
    }
    CHECK(console.echo(all, bench.profile) == all);
}

#include "tools/bmcsim/command.hpp"

#include <catch2/catch.hpp>

#include "tests/tools/bmcsim/remote_console.hpp"

using namespace haas::bmcsim;

namespace {

// Answers are a completion code and data.
struct Bench : TestBmc {
    RemoteConsole console{*this};
    void log_in() {
        REQUIRE(console.login() == 0);
        REQUIRE(console.command(0x06, 0x3B, "04") == hex("00 04"));
    }
    Datagram ask(std::uint8_t netfn, std::uint8_t command, std::string_view data = {}) {
        return console.command(netfn, command, data);
    }
};

}  // namespace

TEST_CASE("a session begins at USER, and rises to its limit") {
    Bench bench;
    bench.console.user = "oper";
    bench.console.password = "operpass";
    bench.console.role = 0x13;
    REQUIRE(bench.console.login() == 0);
    CHECK(bench.ask(0x06, 0x3B, "00") == hex("00 02"));
    CHECK(bench.ask(0x00, 0x02, "01") == hex("d4"));
    CHECK(bench.ask(0x06, 0x3B, "04") == hex("81"));
    CHECK(bench.ask(0x06, 0x3B, "05") == hex("80"));
    CHECK(bench.ask(0x06, 0x3B, "01") == hex("cc"));
    CHECK(bench.ask(0x06, 0x3B, "") == hex("c7"));
    CHECK(bench.ask(0x06, 0x3B, "03") == hex("00 03"));
    CHECK(bench.ask(0x00, 0x02, "01") == hex("00"));
    CHECK(bench.ask(0x06, 0x02) == hex("d4"));  // Cold Reset is ADMINISTRATOR's
    CHECK(bench.ask(0x06, 0x99) == hex("c1"));
}

TEST_CASE("chassis status follows the machine") {
    Bench bench;
    bench.log_in();
    CHECK(bench.ask(0x00, 0x01) == hex("00 00 00 40 00"));
    CHECK(bench.ask(0x00, 0x02, "01") == hex("00"));
    CHECK(bench.ask(0x00, 0x01) == hex("00 01 10 40 00"));
    CHECK(bench.ask(0x00, 0x07) == hex("00 01 01"));
    CHECK(bench.ask(0x00, 0x06, "02") == hex("00 07"));
    CHECK(bench.ask(0x00, 0x04, "0f") == hex("00"));
    CHECK(bench.ask(0x00, 0x01) == hex("00 41 10 50 00"));
    bench.now += seconds(15);
    CHECK(bench.ask(0x00, 0x04, "00 01") == hex("00"));
    CHECK(bench.ask(0x00, 0x01) == hex("00 41 10 60 00"));
    bench.quirk(Quirk::no_front_panel);
    CHECK(bench.ask(0x00, 0x01) == hex("00 41 10 60"));
}

TEST_CASE("chassis controls are counted by kind when they are performed") {
    Bench bench;
    bench.log_in();
    CHECK(bench.ask(0x00, 0x02, "02") == hex("d5"));
    CHECK(bench.ask(0x00, 0x02, "06") == hex("cc"));
    CHECK(bench.ask(0x00, 0x02) == hex("c7"));
    for (const char* verb : {"01", "03", "04", "05", "00"}) {
        CHECK(bench.ask(0x00, 0x02, verb) == hex("00"));
    }
    bench.quirk(Quirk::power_ignored);
    CHECK(bench.ask(0x00, 0x02, "01") == hex("00"));
    const Counters& counters = bench.bmc().counters();
    CHECK(counters.controls == std::array<std::uint32_t, control_count>{1, 1, 0, 1, 1, 1});
    CHECK(counters.controls_refused == 1);
    CHECK(counters.controls_ignored == 1);
}

TEST_CASE("cipher suite records, sixteen bytes at a time") {
    Bench bench;
    bench.profile.suites = {3, 15, 16, 17};
    bench.log_in();
    // IPMI 2.0 table 22-18: C0, ID, authentication, integrity with tag 01b, confidentiality with tag 10b.
    CHECK(bench.ask(0x06, 0x54, "0e 00 80") == hex("00 01 c0 03 01 41 81 c0 0f 03 40 80 c0 10 03 44 80 c0"));
    CHECK(bench.ask(0x06, 0x54, "0e 00 81") == hex("00 01 11 03 44 81"));
    CHECK(bench.ask(0x06, 0x54, "0e 00 82") == hex("00 01"));
    CHECK(bench.ask(0x06, 0x54, "03 00 80") == hex("cc"));
}

TEST_CASE("closing a session: one's own, another's, none") {
    Bench bench;
    bench.log_in();
    RemoteConsole other{bench};
    other.user = "user";
    other.password = "userpass";
    other.role = 0x12;
    REQUIRE(other.login() == 0);
    const auto id = [](const RemoteConsole& console) {
        Packet packet;
        packet.u32(console.in.bmc_id);
        std::string text;
        for (const std::uint8_t one : packet.view()) {
            text += "0123456789abcdef"[one >> 4];
            text += "0123456789abcdef"[one & 15];
        }
        return text;
    };
    CHECK(other.command(0x06, 0x3C, id(bench.console)) == hex("d4"));
    CHECK(bench.ask(0x06, 0x3C, "01000000") == hex("87"));
    CHECK(bench.ask(0x06, 0x3C, id(other)) == hex("00"));
    CHECK(other.command(0x00, 0x01).empty());
    CHECK(bench.ask(0x06, 0x3C, id(bench.console)) == hex("00"));
    CHECK(bench.ask(0x00, 0x01).empty());
    CHECK(bench.bmc().counters().sessions_closed == 2);
}

TEST_CASE("session info: this one, by index, and none") {
    Bench bench;
    bench.log_in();
    // Handle, slots, sessions; user 1, ADMINISTRATOR, RMCP+ on channel 1; 127.0.0.1, no MAC, port 50000.
    CHECK(bench.ask(0x06, 0x3D, "00") == hex("00 01 04 01 01 04 11 7f000001 000000000000 50c3"));
    CHECK(bench.ask(0x06, 0x3D, "01") == bench.ask(0x06, 0x3D, "00"));
    CHECK(bench.ask(0x06, 0x3D, "02") == hex("00 00 04 01"));
}

TEST_CASE("SOL: activated once, told of, deactivated once") {
    Bench bench;
    bench.log_in();
    CHECK(bench.ask(0x06, 0x4A, "01") == hex("00 01 0000"));
    CHECK(bench.ask(0x06, 0x48, "01 01 c0 00 00 00") == hex("00 00000000 ff00 ff00 5618 ffff"));
    CHECK(bench.ask(0x06, 0x48, "01 01 c0 00 00 00") == hex("80"));
    CHECK(bench.ask(0x06, 0x4A, "01") == hex("00 01 0100"));
    const Datagram info = bench.ask(0x06, 0x4B, "01 01");
    REQUIRE(info.size() == 13);
    CHECK(Cursor(Octets(info).subspan(1)).u32() == bench.console.in.bmc_id);
    CHECK(bench.ask(0x06, 0x49, "01 01 00 00 00 00") == hex("00"));
    CHECK(bench.ask(0x06, 0x49, "01 01 00 00 00 00") == hex("80"));
}

TEST_CASE("SOL that may not begin says why") {
    Bench bench;
    bench.log_in();
    CHECK(bench.ask(0x0C, 0x21, "0e 01 00") == hex("00"));
    CHECK(bench.ask(0x06, 0x48, "01 01 c0 00 00 00") == hex("81"));
    CHECK(bench.ask(0x0C, 0x21, "0e 01 01") == hex("00"));
    CHECK(bench.ask(0x06, 0x48, "01 02 c0 00 00 00") == hex("82"));
    CHECK(bench.ask(0x06, 0x3B, "02") == hex("00 02"));
    CHECK(bench.ask(0x06, 0x48, "01 01 c0 00 00 00") == hex("d4"));
}

TEST_CASE("SOL's odd sizes and ports") {
    struct Odd {
        Quirk quirk;
        const char* answer;
    };
    const auto odd = GENERATE(Odd{Quirk::sol_size_zero, "00 00000000 0000 0000 5618 ffff"},
                              Odd{Quirk::sol_size_swapped, "00 00000000 00ff 00ff 5618 ffff"},
                              Odd{Quirk::sol_size_huge, "00 00000000 ffff ffff 5618 ffff"},
                              Odd{Quirk::sol_port_swapped, "00 00000000 ff00 ff00 1856 ffff"},
                              Odd{Quirk::sol_port_foreign, "00 00000000 ff00 ff00 0900 ffff"});
    Bench bench;
    bench.quirk(odd.quirk);
    bench.log_in();
    CHECK(bench.ask(0x06, 0x48, "01 01 c0 00 00 00") == hex(odd.answer));
}

TEST_CASE("SOL text flows in the session, both ways") {
    Bench bench;
    bench.profile.console_period = {};
    bench.profile.initially_on = true;
    bench.log_in();
    REQUIRE(bench.ask(0x06, 0x48, "01 01 c0 00 00 00").at(0) == 0);
    REQUIRE(bench.deliver(bench.console.protect(PayloadType::sol, hex("01 00 00 00 6869"))));
    CHECK(bench.console.unprotect(bench.sent.front()) == hex("00 01 02 00"));
    bench.sent.clear();
    bench.now += milliseconds(10);
    CHECK(bench.bmc().serial_due() <= bench.now);
    Context context{bench.now, bench.crypto, bench};
    bench.bmc().run_serial(context);
    REQUIRE(bench.sent.size() == 1);
    CHECK(bench.console.unprotect(bench.sent.front()) == hex("01 00 00 00 6869"));  // the echo
}

TEST_CASE("the owner of a stolen SOL is told: by a SOL packet, by a request, or not at all") {
    Bench bench;
    SECTION("packet") {}
    SECTION("request") { bench.quirk(Quirk::sol_steal_request); }
    SECTION("silence") { bench.quirk(Quirk::sol_steal_silent); }
    bench.log_in();
    REQUIRE(bench.ask(0x06, 0x48, "01 01 c0 00 00 00").at(0) == 0);
    RemoteConsole thief{bench};
    REQUIRE(thief.login() == 0);
    REQUIRE(thief.command(0x06, 0x3B, "04") == hex("00 04"));
    ++thief.rq_seq;
    REQUIRE(bench.deliver(thief.command_datagram(0x06, 0x49, hex("01 01 00 00 00 00"))));
    CHECK(thief.unprotect(bench.sent.back()).at(6) == 0x00);
    bench.sent.pop_back();
    if (bench.profile.has(Quirk::sol_steal_silent)) {
        CHECK(bench.sent.empty());
    } else {
        REQUIRE(bench.sent.size() == 1);
        const Datagram notice = bench.console.unprotect(bench.sent.front());
        if (bench.profile.has(Quirk::sol_steal_request)) {
            CHECK(notice.at(1) >> 2 == 0x0C);
            CHECK(notice.at(5) == 0x20);
        } else {
            CHECK(notice == hex("00 00 00 10"));
        }
    }
}

TEST_CASE("SOL dies with its session, or waits to be deactivated") {
    Bench bench;
    SECTION("dies") {}
    SECTION("waits") { bench.quirk(Quirk::sol_stale_owner); }
    bench.log_in();
    REQUIRE(bench.ask(0x06, 0x48, "01 01 c0 00 00 00").at(0) == 0);
    bench.now += seconds(60);
    bench.sent.clear();
    bench.log_in();
    const bool stale = bench.profile.has(Quirk::sol_stale_owner);
    CHECK(bench.ask(0x06, 0x4A, "01") == hex(stale ? "00 01 0100" : "00 01 0000"));
    CHECK(bench.ask(0x06, 0x49, "01 01 00 00 00 00") == hex("80"));
    CHECK(bench.ask(0x06, 0x4A, "01") == hex("00 01 0000"));
}

TEST_CASE("Cold Reset reboots, except in lockdown") {
    Bench bench;
    SECTION("reboots") {}
    SECTION("lockdown") { bench.quirk(Quirk::lockdown); }
    bench.log_in();
    CHECK(bench.ask(0x06, 0x02) == hex("00"));
    CHECK(bench.ask(0x00, 0x01).empty() != bench.profile.has(Quirk::lockdown));
}

TEST_CASE("the manufacturer is nobody, or Supermicro by one of its two numbers") {
    Bench bench;
    bench.log_in();
    CHECK(bench.ask(0x06, 0x01) == hex("00 20 01 01 02 02 80 00 00 00 01 00 00 00 00 00"));
    bench.quirk(Quirk::supermicro_uefi_disk);
    CHECK(bench.ask(0x06, 0x01) == hex("00 20 01 01 02 02 80 7c 2a 00 01 00 00 00 00 00"));  // 10876
    bench.quirk(Quirk::manufacturer_id);
    CHECK(bench.ask(0x06, 0x01) == hex("00 20 01 01 02 02 80 80 b9 00 01 00 00 00 00 00"));  // 47488
}

#include "tools/bmcsim/bmc.hpp"

#include <catch2/catch.hpp>

#include "tests/tools/bmcsim/captured.hpp"
#include "tests/tools/bmcsim/remote_console.hpp"

using namespace haas::bmcsim;

namespace {

struct Bench : TestBmc {
    RemoteConsole console{*this};
    Counters& counters() { return bmc().counters(); }
    void log_in() {
        REQUIRE(console.login() == 0);
        REQUIRE(console.command(0x06, 0x3B, "04") == hex("00 04"));
    }
    std::uint32_t executed(Control control) { return counters().controls[static_cast<std::size_t>(control)]; }
};

}  // namespace

TEST_CASE("capabilities outside a session, as ipmitool asks for them") {
    Bench bench;
    const auto answer = bench.exchange(hex(captured::capabilities));
    REQUIRE(answer.has_value());
    // In the 1.5 wrapper: channel 1, extended capabilities, named users, IPMI 2.0; no authentication type of 1.5.
    CHECK(*answer == hex("0600ff07 00 00000000 00000000 10 811c63 20 00 38 00 01 80 04 02 00 00 00 00 21"));
}

TEST_CASE("a command needs a session") {
    Bench bench;
    // Get Device ID in an RMCP+ packet outside any session.
    const auto answer = bench.exchange(hex("0600ff07 06 00 00000000 00000000 0700 2018c8 81 00 01 7e"));
    REQUIRE(answer.has_value());
    CHECK((*answer)[16 + 6] == 0xD4);
}

TEST_CASE("a datagram that comes twice is executed once") {
    Bench bench;
    bench.log_in();
    REQUIRE(bench.console.command(0x00, 0x02, "01") == hex("00"));
    const Datagram reset = bench.console.command_datagram(0x00, 0x02, hex("03"));
    CHECK(bench.deliver(reset));
    CHECK_FALSE(bench.deliver(reset));
    bench.now += seconds(30);
    CHECK_FALSE(bench.deliver(reset));
    CHECK(bench.executed(Control::reset) == 1);
    CHECK(bench.counters().replays == 2);
}

TEST_CASE("a fresh session sequence number is executed, also with the same rqSeq") {
    Bench bench;
    SECTION("always") {}
    SECTION("unless told otherwise") { bench.profile.dedupe_rqseq = true; }
    bench.log_in();
    bench.console.command(0x00, 0x02, "01");
    ++bench.console.rq_seq;
    CHECK(bench.deliver(bench.console.command_datagram(0x00, 0x02, hex("03"))));
    CHECK(bench.deliver(bench.console.command_datagram(0x00, 0x02, hex("03"))));
    CHECK(bench.executed(Control::reset) == (bench.profile.dedupe_rqseq ? 1 : 2));
    CHECK(bench.counters().repeated_rqseq == 1);
    const Datagram answer = bench.console.unprotect(bench.sent.back());
    CHECK(answer[6] == (bench.profile.dedupe_rqseq ? 0xCF : 0x00));
}

TEST_CASE("the BMC's own sequence numbers count what it sent") {
    Bench bench;
    bench.log_in();
    std::vector<std::uint32_t> numbers;
    for (int i = 0; i < 3; ++i) {
        const auto answer = bench.exchange(bench.console.command_datagram(0x00, 0x01, {}));
        REQUIRE(answer.has_value());
        numbers.push_back(decode_rmcpp(Octets(*answer).subspan(rmcp_size))->sequence);
    }
    CHECK(numbers == std::vector<std::uint32_t>{2, 3, 4});
}

TEST_CASE("every flipped bit of a session packet is noticed, and nothing is executed") {
    Bench bench;
    bench.log_in();
    const Datagram on = bench.console.command_datagram(0x00, 0x02, hex("01"));
    for (std::size_t bit = 0; bit < on.size() * 8; ++bit) {
        const std::size_t at = bit / 8;
        Datagram changed = on;
        changed[at] = octet(changed[at] ^ 1U << bit % 8);
        if (at != 1 && at != 2) {  // RMCP's reserved byte and sequence carry nothing
            CHECK_FALSE(bench.deliver(changed));
        }
    }
    CHECK(bench.executed(Control::on) == 0);
    CHECK(bench.counters().bad_mac > 0);
    CHECK(bench.counters().unprotected > 0);
    CHECK(bench.counters().unknown_session > 0);
    CHECK(bench.counters().malformed > 0);
    // None of them spent the number.
    CHECK(bench.deliver(on));
    CHECK(bench.executed(Control::on) == 1);
}

TEST_CASE("packets of every length are survived") {
    Bench bench;
    bench.log_in();
    const Datagram status = bench.console.command_datagram(0x00, 0x01, {});
    for (std::size_t size = 0; size < status.size(); ++size) {
        CHECK_FALSE(bench.deliver(Octets(status).first(size)));
    }
    CHECK(bench.deliver(status));
}

TEST_CASE("an unprotected command inside a session is dropped") {
    Bench bench;
    bench.log_in();
    Packet datagram;
    encode_rmcpp(datagram, {0, false, false, bench.console.in.bmc_id, 9}, hex("20 00 e0 81 04 02 01 78"));
    CHECK_FALSE(bench.deliver(datagram.view()));
    CHECK(bench.counters().unprotected == 1);
}

TEST_CASE("a rebooted BMC forgets its sessions, is silent, and keeps the machine's power") {
    Bench bench;
    bench.profile.reboot_silence = seconds(10);
    bench.log_in();
    bench.console.command(0x00, 0x02, "01");
    bench.bmc().reboot(bench.now);
    RemoteConsole again{bench};
    CHECK(again.login() == 0xFF);
    bench.now += seconds(10);
    CHECK(bench.console.command(0x00, 0x01).empty());
    CHECK(again.login() == 0);
    CHECK(again.command(0x00, 0x01).at(1) == 0x01);
}

TEST_CASE("a reboot comes at its time, or in place of a command") {
    Bench bench;
    SECTION("at its time") {
        bench.profile.reboot_at = seconds(5);
        bench.log_in();
        bench.now += seconds(5);
    }
    SECTION("in place of the third command") {
        bench.profile.reboot_after = 3;
        bench.log_in();
        CHECK(bench.console.command(0x00, 0x02, "01") == hex("00"));
    }
    CHECK(bench.console.command(0x00, 0x02, "03").empty());
    CHECK(bench.executed(Control::reset) == 0);
    CHECK(bench.counters().reboots == 1);
    bench.now += seconds(100);
    CHECK(bench.console.login() == 0);
    CHECK(bench.counters().reboots == 1);
}

TEST_CASE("while it boots some BMCs say so") {
    Bench bench;
    const auto quirk = GENERATE(Quirk::booting_ff, Quirk::booting_c0, Quirk::booting_d2);
    bench.quirk(quirk);
    bench.bmc().reboot(bench.now);
    bench.now += seconds(10);
    REQUIRE(bench.console.login() == 0);
    CHECK(bench.console.command(0x00, 0x01) ==
          hex(quirk == Quirk::booting_ff ? "ff" : quirk == Quirk::booting_c0 ? "c0" : "d2"));
    bench.now += seconds(5);
    CHECK(bench.console.command(0x00, 0x01).at(0) == 0x00);
}

TEST_CASE("a burst hangs the BMC that cannot bear it") {
    Bench bench;
    bench.quirk(Quirk::burst_hang);
    bench.log_in();
    bench.now += seconds(1);
    for (int i = 0; i < 10; ++i) {
        CHECK_FALSE(bench.console.command(0x00, 0x01).empty());
    }
    CHECK(bench.console.command(0x00, 0x01).empty());
    bench.now += seconds(30);
    CHECK(bench.console.command(0x00, 0x01).empty());
    bench.bmc().reboot(bench.now);
    bench.now += seconds(10);
    CHECK(bench.console.login() == 0);
}

TEST_CASE("a shared NIC is silent after a change of power, and the answer still came") {
    Bench bench;
    bench.quirk(Quirk::nc_si);
    bench.log_in();
    CHECK(bench.console.command(0x00, 0x02, "01") == hex("00"));
    CHECK(bench.console.command(0x00, 0x01).empty());
    bench.now += seconds(5);
    CHECK_FALSE(bench.console.command(0x00, 0x01).empty());
}

TEST_CASE("trailers padded in a BMC's own way, and no other") {
    Bench bench;
    bench.quirk(Quirk::icts);
    REQUIRE(bench.console.login() == 0);
    CHECK(bench.console.command(0x00, 0x01).empty());
    CHECK(bench.counters().malformed == 1);
}

TEST_CASE("wrong checksums, bare answers, numbers in steps of two") {
    Bench bench;
    const auto quirk = GENERATE(Quirk::nochecksumcheck, Quirk::clear_flag, Quirk::skip_sequence);
    bench.quirk(quirk);
    REQUIRE(bench.console.login() == 0);
    const auto datagram = bench.exchange(bench.console.command_datagram(0x00, 0x01, {}));
    REQUIRE(datagram.has_value());
    const auto packet = decode_rmcpp(Octets(*datagram).subspan(rmcp_size));
    REQUIRE(packet.has_value());
    CHECK(packet->sequence == (quirk == Quirk::skip_sequence ? 2 : 1));
    CHECK(packet->authenticated == (quirk != Quirk::clear_flag));
    CHECK(packet->encrypted == (quirk != Quirk::clear_flag));
    const Datagram message = quirk == Quirk::clear_flag ? listed(packet->payload) : bench.console.unprotect(*datagram);
    CHECK((checksum(Octets(message).first(2)) == message[2]) == (quirk != Quirk::nochecksumcheck));
}

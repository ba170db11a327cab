#include "tools/bmcsim/login.hpp"

#include <catch2/catch.hpp>

#include "tests/tools/bmcsim/remote_console.hpp"

using namespace haas::bmcsim;

namespace {

constexpr CipherSuite suite3{3, Authentication::hmac_sha1, Integrity::hmac_sha1_96, Confidentiality::aes_cbc_128};

}  // namespace

TEST_CASE("a login in both suites, and one with a Kg") {
    TestBmc bench;
    RemoteConsole console{bench};
    SECTION("17") {}
    SECTION("3") { console.suite = suite3; }
    SECTION("Kg") { bench.profile.kg = console.kg = "generating"; }
    CHECK(console.login() == 0);
    CHECK(console.command(0x06, 0x3B, "04") == hex("00 04"));
    CHECK(bench.bmc().counters().sessions_opened == 1);
}

TEST_CASE("the RAKP 2 code proves the BMC's knowledge of the password") {
    TestBmc bench;
    RemoteConsole console{bench};
    console.open_session();
    const Datagram answer = console.rakp1();
    REQUIRE(answer.size() == 72);
    CHECK(answer[0] == 7);
    CHECK(listed(rakp2_code(bench.crypto, Authentication::hmac_sha256, console.in, console.octets_of("password")).view()) ==
          listed(Octets(answer).subspan(40)));
}

TEST_CASE("wrong password, unknown user, role above the user's") {
    TestBmc bench;
    RemoteConsole console{bench};
    SECTION("password") {
        console.password = "wrong";
        CHECK(console.login() == 0x0F);
    }
    SECTION("user") {
        console.user = "nobody";
        console.open_session();
        const Datagram answer = console.rakp1();
        CHECK(answer == hex("07 0d 0000 44332211"));
    }
    SECTION("role") {
        console.user = "oper";
        console.password = "operpass";
        CHECK(console.login() == 0x0A);
        console.role = 0x13;
        CHECK(console.login() == 0);
        console.role = 0x10;
        CHECK(console.login() == 0x09);
    }
    SECTION("role above that of Open Session") {
        console.open_privilege = 3;
        CHECK(console.login() == 0x0A);
    }
    CHECK(bench.bmc().counters().logins_refused >= 1);
}

TEST_CASE("OpenBMC's refusal of a name carries tag 0 and session ID 0") {
    TestBmc bench;
    bench.quirk(Quirk::tag0_errors);
    RemoteConsole console{bench};
    console.user = "nobody";
    console.open_session();
    CHECK(console.rakp1() == hex("00 0d 0000 00000000"));
}

TEST_CASE("a suite that is not offered is refused as the setting says") {
    TestBmc bench;
    bench.profile.suites = {3};
    SECTION("by default: no matching suite") {}
    SECTION("otherwise") {
        const auto status = GENERATE(0x01, 0x04, 0x09, 0x0A, 0x12);
        bench.profile.refuse_suite = static_cast<std::uint8_t>(status);
    }
    SECTION("silence") { bench.profile.refuse_suite.reset(); }
    RemoteConsole console{bench};
    const Datagram answer = console.open_session();
    if (!bench.profile.refuse_suite) {
        CHECK(answer.empty());
    } else {
        REQUIRE(answer.size() == 8);
        CHECK(answer[1] == *bench.profile.refuse_suite);
    }
    console.suite = suite3;
    CHECK(console.login() == 0);
}

TEST_CASE("algorithm numbers that IPMI does not know have statuses of their own") {
    TestBmc bench;
    RemoteConsole console{bench};
    SECTION("authentication") {
        console.suite.authentication = static_cast<Authentication>(9);
        CHECK(console.login() == 0x04);
    }
    SECTION("integrity") {
        console.suite.integrity = static_cast<Integrity>(9);
        CHECK(console.login() == 0x05);
    }
    SECTION("confidentiality") {
        console.suite.confidentiality = static_cast<Confidentiality>(9);
        CHECK(console.login() == 0x10);
    }
}

TEST_CASE("the fifth session finds no slot; half-open ones count, for 3 seconds") {
    TestBmc bench;
    RemoteConsole first{bench};
    REQUIRE(first.login() == 0);
    for (int i = 0; i < 3; ++i) {
        RemoteConsole other{bench};
        CHECK(other.open_session().size() == 36);
    }
    RemoteConsole fifth{bench};
    CHECK(fifth.login() == 0x01);
    bench.now += milliseconds(2999);
    CHECK(fifth.login() == 0x01);
    bench.now += milliseconds(1);
    CHECK(fifth.login() == 0);
    CHECK(bench.bmc().counters().no_slot == 2);
}

TEST_CASE("foreign sessions hold slots until they end") {
    TestBmc bench;
    bench.profile.foreign_sessions = 4;
    bench.profile.foreign_for = seconds(30);
    RemoteConsole console{bench};
    CHECK(console.login() == 0x01);
    bench.now += seconds(30);
    CHECK(console.login() == 0);
}

TEST_CASE("an unused session is forgotten after 60 seconds, a used one lives") {
    TestBmc bench;
    RemoteConsole console{bench};
    REQUIRE(console.login() == 0);
    for (int i = 0; i < 3; ++i) {
        bench.now += seconds(59);
        CHECK(console.command(0x00, 0x01).size() > 1);
    }
    bench.now += seconds(60);
    CHECK(console.command(0x00, 0x01).empty());
    CHECK(bench.bmc().counters().sessions_expired == 1);
    CHECK(bench.bmc().counters().unknown_session == 1);
}

TEST_CASE("a repeated RAKP message: status 02, silence, or the same answer") {
    TestBmc bench;
    SECTION("02") {}
    SECTION("silence") { bench.quirk(Quirk::rakp_repeat_silent); }
    SECTION("the same") { bench.quirk(Quirk::rakp_repeat_same); }
    RemoteConsole console{bench};
    console.open_session();
    const Datagram rakp2 = console.rakp1();
    const Datagram again = console.rakp1();
    if (bench.profile.has(Quirk::rakp_repeat_same)) {
        CHECK(again == rakp2);
    } else if (bench.profile.has(Quirk::rakp_repeat_silent)) {
        CHECK(again.empty());
    } else {
        CHECK(again == hex("07 02 0000 44332211"));
    }
    // The set-up goes on all the same.
    CHECK(console.rakp3().at(1) == 0);
    CHECK(console.command(0x00, 0x01).size() > 1);
}

TEST_CASE("RAKP 3 with a status ends the attempt without an answer and frees its slot") {
    TestBmc bench;
    RemoteConsole console{bench};
    console.open_session();
    console.rakp1();
    CHECK(console.rakp3(0x0F).empty());
    CHECK(bench.bmc().sessions().empty());
}

TEST_CASE("the BMC that hashes with the privilege of Open Session") {
    TestBmc bench;
    bench.quirk(Quirk::opensesspriv);
    RemoteConsole console{bench};
    console.open_privilege = 0;
    CHECK(console.login() == 0x0F);
    console.open_privilege = 4;
    CHECK(console.login() == 0);
}

TEST_CASE("exact privileges") {
    TestBmc bench;
    RemoteConsole console{bench};
    SECTION("without the name-only bit") {
        bench.quirk(Quirk::exact_lookup);
        console.role = 0x03;
        CHECK(console.login() == 0x0D);
        console.role = 0x13;
        CHECK(console.login() == 0);
    }
    SECTION("always") {
        bench.quirk(Quirk::exact_privilege);
        console.role = 0x13;
        CHECK(console.login() == 0x0D);
        console.role = 0x14;
        CHECK(console.login() == 0);
    }
    SECTION("by D4") {
        bench.quirk(Quirk::exact_privilege_d4);
        console.role = 0x13;
        CHECK(console.login() == 0);
        CHECK(console.command(0x00, 0x01) == hex("d4"));
    }
}

TEST_CASE("set-up messages of a wrong length") {
    TestBmc bench;
    RemoteConsole console{bench};
    const std::vector<std::uint8_t> half(20);
    CHECK(console.set_up(PayloadType::open_session_request, half).empty());
    bench.quirk(Quirk::c7_length);
    bench.bmc().adopt(bench.profile);
    CHECK(console.set_up(PayloadType::open_session_request, half) == hex("c7"));
    CHECK(bench.bmc().counters().malformed == 2);
}

TEST_CASE("a name longer or shorter than its field is refused with 0C") {
    TestBmc bench;
    RemoteConsole console{bench};
    console.open_session();
    Packet request;
    request.u8(7).fill(3, 0).u32(console.in.bmc_id).fill(16, 0x5A).u8(0x14).u16(0).u8(5).octets(hex("61646d696e00"));
    CHECK(console.set_up(PayloadType::rakp1, request.view()).at(1) == 0x0C);
}

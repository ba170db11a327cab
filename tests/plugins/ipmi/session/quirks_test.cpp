#include "plugins/ipmi/session/quirks.hpp"

#include <catch2/catch.hpp>

#include "plugins/ipmi/session/login.hpp"
#include "plugins/ipmi/wire/rmcpp.hpp"
#include "tests/plugins/ipmi/session/pair.hpp"

using namespace haas::ipmi;
using Catch::Contains;

namespace {

Quirks parsed(std::string_view list) { return std::get<Quirks>(Quirks::parse(list)); }

}  // namespace

TEST_CASE("quirks are named with commas or spaces, and told in one order") {
    CHECK(parsed("").none());
    CHECK(parsed(" , ").none());
    CHECK(parsed("icts").names() == "icts");
    CHECK(parsed("icts,opensesspriv").names() == "opensesspriv, icts");
    CHECK(parsed(parsed("sun20 clear_flag,  icts").names()) == parsed("icts, sun20, clear_flag"));
    CHECK(parsed("icts icts") == parsed("icts"));
    CHECK(parsed("bios_setup_ff, supermicro_uefi_disk").names() == "supermicro_uefi_disk, bios_setup_ff");
    CHECK(parsed("spec_uefi_disk").names() == "spec_uefi_disk");
}

TEST_CASE("an unknown quirk is refused with the list, and two that contradict each other are refused") {
    const auto refusal = [](std::string_view list) { return std::get<std::string>(Quirks::parse(list)); };
    CHECK_THAT(refusal("icts, endianseq"), Contains("'endianseq'") && Contains("opensesspriv") && Contains("clear_flag"));
    CHECK_THAT(refusal("ICTS"), Contains("'ICTS'"));
    CHECK_THAT(refusal("highest_privilege, opensesspriv"), Contains("highest_privilege"));
    CHECK_THAT(refusal("spec_uefi_disk supermicro_uefi_disk"), Contains("spec_uefi_disk"));
}

// FreeIPMI 1.6, ipmipower_packet.c and _calculate_cipher_keys() of ipmipower_powercmd.c: the name is padded in RAKP 1, in
// the check of RAKP 2 and in the SIK, all with the name-only bit; RAKP 3 has the name itself, and not the bit.
TEST_CASE("a BMC that wants the user name padded gets it padded, but not in RAKP 3's hash") {
    for (const CipherSuite suite : {CipherSuite::suite_17, CipherSuite::suite_3}) {
        BmcOptions options;
        options.padded_name = true;
        HandshakeSettings settings;
        settings.suite = suite;
        {
            Pair pair(options);
            CHECK_FALSE(established(pair.handshake(settings)));
        }
        settings.quirks = parsed("intel20");
        for (const bool name_only : {true, false}) {
            settings.name_only_lookup = name_only;
            Pair pair(options);
            CHECK(established(pair.handshake(settings)));
            CHECK(std::holds_alternative<Answer>(pair.command({NetFn::app, 0x01, Repeat::anew, {}})));
        }
    }
}

TEST_CASE("the integrity pad by ipmitool's icts rule leaves pad length and next header out of the count") {
    Bytes datagram;
    Writer writer(datagram);
    RmcppHeader header;
    header.encrypted = header.authenticated = true;
    header.payload_size = 32;
    write_rmcp_and_session_header(writer, header);
    writer.fill(32, 0xaa);
    // 12 bytes of header and 32 of payload: ipmitool 1.8.19, lanplus.c, length_before_authcode.
    write_trailer(writer, 0, PadRule::without_its_own_end);
    CHECK(datagram.size() == 16 + 32 + 2);
    CHECK(datagram[48] == 0);
    CHECK(datagram[49] == 0x07);
}

TEST_CASE("a session with icts is understood, whichever rule the BMC has") {
    HandshakeSettings settings;
    settings.quirks = parsed("icts");
    Pair pair;
    REQUIRE(established(pair.handshake(settings)));
    CHECK(std::holds_alternative<Answer>(pair.command({NetFn::app, 0x01, Repeat::anew, {}})));
}

TEST_CASE("quirks that are pinned shape the login") {
    const auto with = [](std::string_view list) {
        LoginPolicy policy;
        policy.quirks = std::get<Quirks>(Quirks::parse(list));
        return policy;
    };
    CHECK(Login(with("highest_privilege")).settings().open_session_privilege == Privilege::highest);
    CHECK_FALSE(Login(with("no_name_only")).settings().name_only_lookup);
    CHECK(Login(with("intel20")).settings().name_only_lookup);
    CHECK(Login(with("icts")).settings().quirks.has(Quirk::icts));
    // Never "highest" where that is known to be wrong: a wrong password is one handshake.
    for (const std::string_view list : {"opensesspriv", "intel20", "sun20"}) {
        Login login(with(list));
        const auto next = login.failed({Stage::rakp2, Reason::hmac_mismatch, 0});
        CHECK(std::get<GiveUp>(next).error == ErrorClass::credentials);
    }
    // The operator level keeps what was pinned.
    Login login(with("highest_privilege"));
    const auto next = std::get<TryAgain>(login.failed({Stage::rakp2, Reason::privilege, 0x09}));
    CHECK(next.settings.privilege == Privilege::operator_level);
    CHECK(next.settings.open_session_privilege == Privilege::highest);
}

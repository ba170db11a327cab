// The key exchange against captured handshakes: what the peers sent must be what we would have computed.
#include "plugins/ipmi/crypto/rakp.hpp"

#include <catch2/catch.hpp>

#include "plugins/ipmi/wire/rakp.hpp"
#include "tests/plugins/ipmi/wire/captured.hpp"
#include "tests/plugins/ipmi/wire/hex.hpp"

using namespace haas::ipmi;

namespace {

// The third to sixth datagrams of a handshake, and what they say.
struct Handshake {
    explicit Handshake(const std::vector<Captured>& session) {
        for (std::size_t i = 0; i < 4; ++i) {
            const Bytes datagram = from_hex(session[4 + i].hex);
            payload[i].assign(datagram.begin() + 16, datagram.end());
        }
        const auto rakp1 = decode_rakp1(payload[0]);
        const auto rakp2 = decode_rakp2(payload[1]);
        exchange.console_id = rakp2->console_id;
        exchange.bmc_id = rakp1->bmc_id;
        exchange.console_random = rakp1->console_random;
        exchange.bmc_random = rakp2->bmc_random;
        exchange.bmc_guid = rakp2->bmc_guid;
        exchange.role = rakp1->role;
        exchange.user = rakp1->user;
    }

    Bytes payload[4];
    Exchange exchange;
};

void check(const std::vector<Captured>& session, Hash hash, ByteView sik_key, const char* sik_hex, const char* k1_hex,
           const char* k2_hex) {
    const Handshake handshake(session);
    const ByteView kuid = view("password");
    CHECK(copy(rakp2_code(hash, kuid, handshake.exchange).view()) ==
          copy(decode_rakp2(handshake.payload[1])->key_exchange_code));
    CHECK(copy(rakp3_code(hash, kuid, handshake.exchange).view()) ==
          copy(decode_rakp3(handshake.payload[2])->key_exchange_code));
    const Digest sik = session_integrity_key(hash, sik_key, handshake.exchange);
    CHECK(copy(rakp4_icv(hash, sik, handshake.exchange).view()) ==
          copy(decode_rakp4(handshake.payload[3])->integrity_check_value));
    CHECK(copy(sik.view()) == from_hex(sik_hex));
    const SessionKeys keys = session_keys(hash, sik);
    CHECK(copy(keys.k1.view()) == from_hex(k1_hex));
    CHECK(copy(keys.k2.view()) == from_hex(k2_hex));
}

}  // namespace

// SIK, K1 and K2: Python's hmac module over the captured fields, after the formulas of section 13.31 and 13.32.
TEST_CASE("suite 3: ipmitool's and ipmi_sim's codes, and the keys behind them") {
    check(suite_3_chassis_status, Hash::sha1, view("password"), "c66620c35c55246515441dfd9a6d86aa71c7fe17",
          "9b771c9d844d64808eaf5cdece23239d08f05d32", "d5268e882fd4b7d108ad3508969f69d8c624e2b1");
    check(suite_3_boot_device, Hash::sha1, view("password"), "a92f7036440be530f5be02acbd0a6e04b3a15103",
          "d752d651d2f80dc39d87164ef107a50a2e378511", "cc79cf10ec99a7730f4e8230d5884f896826a1a3");
}

TEST_CASE("suite 17: ipmitool's codes, and the keys behind them") {
    check(suite_17_chassis_status, Hash::sha256, view("password"),
          "5aa5e7c8ea0a3b04a52fa60a843c2050c237b75b41ca34e98f1b982ac4a018ab",
          "8d623687b2926f0774fb7a120b3cf24ebd5f190d11cd97aa8ddcb032eeea5c5a",
          "008dcf0196a4579be967c8447f2eaac542f9d52f8f2e51eee7de3cc45c7b2136");
}

TEST_CASE("a BMC key replaces the password in the SIK, and only there") {
    check(suite_17_with_kg, Hash::sha256, from_hex("a1b2c300d4e5f60718293a4b5c6d7e8f90a1b2c3"),
          "a0f8efcbf6140c08461139542d4d3e6b8b610b81a88241901582a462edcb3204",
          "18602968172c130fdecdf10f92aade5dbab69f359798bbd65ba18c8a40acb789",
          "aa59a88e101ddc70642ed54c3ee86a600200e6163c59b4254d7a17967a260467");
}

TEST_CASE("every field that a code covers changes it") {
    const Handshake handshake(suite_3_chassis_status);
    const ByteView kuid = view("password");
    const auto codes = [&](const Exchange& exchange) {
        const Digest sik = session_integrity_key(Hash::sha1, kuid, exchange);
        return std::array{copy(rakp2_code(Hash::sha1, kuid, exchange).view()),
                          copy(rakp3_code(Hash::sha1, kuid, exchange).view()), copy(sik.view()),
                          copy(rakp4_icv(Hash::sha1, Digest(kuid), exchange).view())};
    };
    const auto good = codes(handshake.exchange);
    // Which of RAKP 2, RAKP 3, SIK and RAKP 4 (under a fixed SIK) cover a field: sections 13.31 and 13.23.
    const auto covers = [&](auto change, std::array<bool, 4> expected) {
        Exchange changed = handshake.exchange;
        change(changed);
        const auto now = codes(changed);
        for (std::size_t i = 0; i < 4; ++i) CHECK((now[i] != good[i]) == expected[i]);
    };
    covers([](Exchange& e) { e.console_id ^= 1; }, {true, true, false, false});
    covers([](Exchange& e) { e.bmc_id ^= 1; }, {true, false, false, true});
    covers([](Exchange& e) { e.console_random[15] ^= 1; }, {true, false, true, true});
    covers([](Exchange& e) { e.bmc_random[0] ^= 1; }, {true, true, true, false});
    covers([](Exchange& e) { e.bmc_guid[0] ^= 1; }, {true, false, false, true});
    covers([](Exchange& e) { e.role ^= 0x10; }, {true, true, true, false});
    covers([](Exchange& e) { e.user = e.user.first(4); }, {true, true, true, false});
}

#include "plugins/ipmi/wire/rakp.hpp"

#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/wire/captured.hpp"
#include "tests/plugins/ipmi/wire/hex.hpp"
#include "tests/plugins/ipmi/wire/mangle.hpp"

using namespace haas::ipmi;

namespace {

Bytes payload_of(const Captured& captured) {
    const Bytes datagram = from_hex(captured.hex);
    return Bytes(datagram.begin() + 16, datagram.end());
}

template <class Message>
Bytes encoded(const Message& message) {
    Bytes out;
    encode(message, out);
    return out;
}

}  // namespace

TEST_CASE("captured RAKP messages decode and encode to the same bytes") {
    for (const auto* session : {&suite_3_chassis_status, &suite_17_chassis_status, &suite_17_with_kg}) {
        const Bytes one = payload_of((*session)[4]);
        const Bytes two = payload_of((*session)[5]);
        const Bytes three = payload_of((*session)[6]);
        const Bytes four = payload_of((*session)[7]);
        REQUIRE(decode_rakp1(one));
        REQUIRE(decode_rakp2(two));
        REQUIRE(decode_rakp3(three));
        REQUIRE(decode_rakp4(four));
        CHECK(encoded(*decode_rakp1(one)) == one);
        CHECK(encoded(*decode_rakp2(two)) == two);
        CHECK(encoded(*decode_rakp3(three)) == three);
        CHECK(encoded(*decode_rakp4(four)) == four);
    }
}

TEST_CASE("the fields of the captured RAKP 1 and 2") {
    const Bytes one = payload_of(suite_3_chassis_status[4]);
    const auto rakp1 = decode_rakp1(one);
    REQUIRE(rakp1);
    CHECK(rakp1->bmc_id == 2);
    CHECK(rakp1->role == role_byte(Privilege::administrator, true));
    CHECK(copy(rakp1->user) == copy(view("admin")));
    CHECK(one.size() == 28 + 5);  // not padded
    const Bytes two = payload_of(suite_3_chassis_status[5]);
    const auto rakp2 = decode_rakp2(two);
    REQUIRE(rakp2);
    CHECK(rakp2->console_id == 0xa0a2a3a4);
    // As set in ipmi_sim's configuration.
    CHECK(copy(rakp2->bmc_guid) == from_hex("a123456789abcdefa123456789abcdef"));
    CHECK(rakp2->key_exchange_code.size() == 20);
}

TEST_CASE("RAKP 1 with its name field filled up is 44 bytes long, as ipmitool -o i82571spt sends it") {
    const Bytes one = payload_of(suite_3_chassis_status[4]);
    auto rakp1 = decode_rakp1(one);
    REQUIRE(rakp1);
    rakp1->fills_field = true;
    Bytes filled = one;
    filled.resize(44, 0);
    CHECK(encoded(*rakp1) == filled);
    rakp1->user = view("sixteen bytes in");
    CHECK(encoded(*rakp1).size() == 44);
}

TEST_CASE("role byte: level in bits 3..0, name-only lookup in bit 4") {
    CHECK(role_byte(Privilege::administrator, true) == 0x14);
    CHECK(role_byte(Privilege::operator_level, false) == 0x03);
}

TEST_CASE("errors hold eight bytes, or the whole structure filled with zeros") {
    // ipmi_sim to an unknown user, captured: status 0Dh, then all fields as if nothing had happened.
    const auto simulator = decode_rakp2(from_hex(
        "000d0000a4a3a2a0515c77aa16eecf9cf873c6091a8c30b8a123456789abcdefa123456789abcdef"
        "752474218dedce1340480dde2c7438d94b6bea61"));
    REQUIRE(simulator);
    CHECK(simulator->status == 0x0d);
    CHECK(simulator->console_id == 0xa0a2a3a4);
    CHECK(simulator->key_exchange_code.empty());
    // As phosphor-net-ipmid's command/rakp12.cpp answers before it has set tag and session ID.
    Bytes zeros(40, 0);
    zeros[1] = 0x0d;
    const auto zeroed = decode_rakp2(zeros);
    REQUIRE(zeroed);
    CHECK(zeroed->status == 0x0d);
    CHECK(zeroed->console_id == 0);
    const Bytes eight = from_hex("07 0f 0000 a4a3a2a0");
    REQUIRE(decode_rakp4(eight));
    CHECK(decode_rakp4(eight)->status == 0x0f);
    REQUIRE(decode_rakp3(eight));
    CHECK(decode_rakp3(eight)->key_exchange_code.empty());
    CHECK_FALSE(decode_rakp2(from_hex("c7")));  // a bare completion code is no RAKP 2
}

TEST_CASE("RAKP 1 is refused at every wrong length") {
    const Bytes one = payload_of(suite_3_chassis_status[4]);
    each_truncation(one, [](const Bytes& cut) { CHECK_FALSE(decode_rakp1(cut)); });
    CHECK_FALSE(decode_rakp1(with_trailing_byte(one)));
    Bytes long_name = one;
    long_name[27] = 17;
    long_name.resize(28 + 17, 'x');
    CHECK_FALSE(decode_rakp1(long_name));
}

TEST_CASE("the fixed parts of RAKP 2, 3 and 4 are complete or refused; the code is what is left") {
    const Bytes two = payload_of(suite_17_chassis_status[5]);
    each_truncation(two, [](const Bytes& cut) {
        const auto rakp2 = decode_rakp2(cut);
        CHECK(rakp2.has_value() == (cut.size() >= 40));
        if (rakp2) CHECK(rakp2->key_exchange_code.size() == cut.size() - 40);
    });
    CHECK(decode_rakp2(with_trailing_byte(two))->key_exchange_code.size() == 33);
    each_truncation(payload_of(suite_17_chassis_status[6]),
                    [](const Bytes& cut) { CHECK(decode_rakp3(cut).has_value() == (cut.size() >= 8)); });
    each_truncation(payload_of(suite_17_chassis_status[7]),
                    [](const Bytes& cut) { CHECK(decode_rakp4(cut).has_value() == (cut.size() >= 8)); });
}

TEST_CASE("a flipped bit is seen in a field, or was reserved") {
    const Bytes two = payload_of(suite_17_chassis_status[5]);
    each_flip(two, [&](const Bytes& flipped, std::size_t at) {
        const auto rakp2 = decode_rakp2(flipped);
        REQUIRE(rakp2);
        if (at == 1) {
            CHECK(rakp2->status != 0);
            return;
        }
        const bool reserved = at == 2 || at == 3;
        CHECK(encoded(*rakp2) == (reserved ? two : flipped));
    });
}

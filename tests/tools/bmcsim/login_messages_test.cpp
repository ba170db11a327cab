#include "tools/bmcsim/login_messages.hpp"

#include <catch2/catch.hpp>

#include "tests/tools/bmcsim/captured.hpp"
#include "tests/tools/bmcsim/hex.hpp"

using namespace haas::bmcsim;

namespace {

// The payload of a captured set-up datagram: behind RMCP and the session header, without a trailer.
std::vector<std::uint8_t> payload_of(const char* datagram) {
    const auto octets = hex(datagram);
    return {octets.begin() + 16, octets.end()};
}

}  // namespace

TEST_CASE("ipmitool's Open Session requests") {
    const auto request = decode_open_session(payload_of(captured::open3));
    REQUIRE(request.has_value());
    CHECK(request->tag == 0);
    CHECK(request->privilege == 0);
    CHECK(request->console_id == 0xA0A2A3A4);
    CHECK(request->authentication == 1);
    CHECK(request->integrity == 1);
    CHECK(request->confidentiality == 1);
    const auto other = decode_open_session(payload_of(captured::open17));
    REQUIRE(other.has_value());
    CHECK(other->authentication == 3);
    CHECK(other->integrity == 4);
    CHECK(other->confidentiality == 1);
}

TEST_CASE("an Open Session request of another length or shape is refused") {
    const auto whole = payload_of(captured::open3);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CHECK_FALSE(decode_open_session(Octets(whole).first(size)).has_value());
    }
    auto longer = whole;
    longer.push_back(0);
    CHECK_FALSE(decode_open_session(longer).has_value());
    auto wrong_type = whole;
    wrong_type[16] = 0x02;
    CHECK_FALSE(decode_open_session(wrong_type).has_value());
    auto wrong_length = whole;
    wrong_length[11] = 0x07;
    CHECK_FALSE(decode_open_session(wrong_length).has_value());
    // Payload length 0 leaves the choice to the BMC (IPMI 2.0 table 13-9).
    auto open_choice = whole;
    open_choice[11] = 0x00;
    REQUIRE(decode_open_session(open_choice).has_value());
    CHECK_FALSE(decode_open_session(open_choice)->authentication.has_value());
}

TEST_CASE("the Open Session answer is that of ipmi_sim") {
    Packet answer;
    encode_open_session(answer, 0, 0, 0xA0A2A3A4, 2,
                        {3, Authentication::hmac_sha1, Integrity::hmac_sha1_96, Confidentiality::aes_cbc_128});
    CHECK(listed(answer.view()) == payload_of(captured::opened3));
}

TEST_CASE("ipmitool's RAKP 1") {
    const auto octets = payload_of(captured::rakp1_3);
    const auto message = decode_rakp1(octets);
    REQUIRE(message.has_value());
    CHECK(message->bmc_id == 2);
    CHECK(message->role == 0x14);
    CHECK(message->name_length == 5);
    CHECK(listed(message->name_field) == hex("61646d696e"));
    CHECK(listed(message->console_random) == hex("02b5c225957598ffd280115a8d000b5e"));
    for (std::size_t size = 0; size < 28; ++size) {
        CHECK_FALSE(decode_rakp1(Octets(octets).first(size)).has_value());
    }
}

TEST_CASE("ipmitool's RAKP 3") {
    const auto octets = payload_of(captured::rakp3_3);
    const auto message = decode_rakp3(octets);
    REQUIRE(message.has_value());
    CHECK(message->status == 0);
    CHECK(message->bmc_id == 2);
    CHECK(listed(message->code) == hex("67d3fdf163e811b7aebbdc5d09308879ac1fb840"));
    for (std::size_t size = 0; size < 8; ++size) {
        CHECK_FALSE(decode_rakp3(Octets(octets).first(size)).has_value());
    }
}

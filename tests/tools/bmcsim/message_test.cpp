#include "tools/bmcsim/message.hpp"

#include <catch2/catch.hpp>

#include "tests/tools/bmcsim/hex.hpp"

using namespace haas::bmcsim;

namespace {

// Get Channel Authentication Capabilities as ipmitool sends it.
constexpr auto request_text = "20 18 c8 81 00 38 8e 04 b5";

}  // namespace

TEST_CASE("a request of ipmitool") {
    const auto octets = hex(request_text);
    const auto request = decode_request(octets);
    REQUIRE(request.has_value());
    CHECK(request->netfn == 0x06);
    CHECK(request->command == 0x38);
    CHECK(request->requester == 0x81);
    CHECK(request->sequence == 0);
    CHECK(listed(request->data) == hex("8e 04"));
}

TEST_CASE("every flipped bit and every cut of a request is seen") {
    const auto whole = hex(request_text);
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            auto changed = whole;
            changed[at] = octet(changed[at] ^ 1U << bit);
            CHECK_FALSE(decode_request(changed).has_value());
        }
        CHECK_FALSE(decode_request(Octets(whole).first(at)).has_value());
    }
}

TEST_CASE("a message for somebody else, or an answer, is no request") {
    CHECK_FALSE(decode_request(hex("22 18 c6 81 00 38 47")).has_value());  // another rsAddr
    CHECK_FALSE(decode_request(hex("20 1c c4 81 00 38 47")).has_value());  // an answer's netFn
    CHECK(decode_request(hex("20 18 c8 81 00 38 47")).has_value());
}

TEST_CASE("an answer as ipmi_sim gives it") {
    // Its answer to the request above, captured.
    const auto octets = hex(request_text);
    const auto request = decode_request(octets);
    REQUIRE(request.has_value());
    Packet answer;
    encode_response(answer, *request, 0x00, hex("0197060300000000"), false);
    CHECK(listed(answer.view()) == hex("81 1c 63 20 00 38 00 01 97 06 03 00 00 00 00 07"));
}

TEST_CASE("spoilt checksums are wrong, both") {
    const auto octets = hex(request_text);
    Packet answer;
    encode_response(answer, *decode_request(octets), 0x00, {}, true);
    CHECK(answer.view()[2] != checksum(answer.view().first(2)));
    CHECK(answer.view().back() != checksum(answer.view().subspan(3, answer.size() - 4)));
}

#include "core/config/listen.hpp"

#include <catch2/catch.hpp>

using haas::config::Listen;
using haas::config::parse_listen;

namespace {

std::string refusal(std::string_view text) {
    const auto parsed = parse_listen(text);
    REQUIRE_FALSE(parsed.has_value());
    return parsed.error();
}

Listen one(std::string_view text) {
    const auto parsed = parse_listen(text);
    REQUIRE(parsed.has_value());
    REQUIRE(parsed->size() == 1);
    return parsed->front();
}

}  // namespace

TEST_CASE("addresses are read in every form") {
    CHECK(one("127.0.0.1:5000") == Listen{false, "127.0.0.1", 5000});
    CHECK(one("http://127.0.0.1:5000") == Listen{false, "127.0.0.1", 5000});
    CHECK(one("https://0.0.0.0:5443") == Listen{true, "0.0.0.0", 5443});
    CHECK(one("localhost:0") == Listen{false, "127.0.0.1", 0});
    CHECK(one("[::1]:65535") == Listen{false, "::1", 65535});
    CHECK(one("https://[fe80::1%eth0]:443") == Listen{true, "fe80::1%eth0", 443});

    const auto both = parse_listen(" 127.0.0.1:5000 , [::1]:5000 ");
    REQUIRE(both.has_value());
    CHECK(*both == std::vector<Listen>{{false, "127.0.0.1", 5000}, {false, "::1", 5000}});
}

TEST_CASE("what cannot be listened on is refused with its reason") {
    const std::string accepted =
        "; expected an IP address and a port, such as 127.0.0.1:5000, [::1]:5000 or https://0.0.0.0:5443";
    CHECK(refusal("127.0.0.1") == "'127.0.0.1': the port is missing" + accepted);
    CHECK(refusal("[::1]") == "'[::1]': the port is missing" + accepted);
    CHECK(refusal("127.0.0.1:http") == "'127.0.0.1:http': 'http' is no port from 0 to 65535" + accepted);
    CHECK(refusal("127.0.0.1:65536") == "'127.0.0.1:65536': '65536' is no port from 0 to 65535" + accepted);
    CHECK(refusal("127.0.0.1:-1") == "'127.0.0.1:-1': '-1' is no port from 0 to 65535" + accepted);
    CHECK(refusal("127.0.0.1:") == "'127.0.0.1:': '' is no port from 0 to 65535" + accepted);
    CHECK(refusal("127.0.0.1:5000/") == "'127.0.0.1:5000/': '5000/' is no port from 0 to 65535" + accepted);
    CHECK(refusal("256.0.0.1:5000") == "'256.0.0.1:5000': '256.0.0.1' is no IP address" + accepted);
    CHECK(refusal("*:5000") == "'*:5000': '*' is no IP address" + accepted);
    CHECK(refusal("bmc.example.org:5000") == "'bmc.example.org:5000': 'bmc.example.org' is no IP address" + accepted);
    CHECK(refusal(":5000") == "':5000': '' is no IP address" + accepted);
    CHECK(refusal("[127.0.0.1]:5000") == "'[127.0.0.1]:5000': '127.0.0.1' is no IP address" + accepted);
    CHECK(refusal("::1:5000") == "'::1:5000': an IPv6 address stands in brackets" + accepted);
    CHECK(refusal("ftp://127.0.0.1:5000") == "'ftp://127.0.0.1:5000': the scheme 'ftp' is unknown" + accepted);
    CHECK(refusal("") == "no address" + accepted);
    CHECK(refusal(" , ") == "no address" + accepted);
}

TEST_CASE("an address is named once, unless the system picks its port") {
    CHECK(refusal("127.0.0.1:5000, localhost:5000") == "'localhost:5000' is named twice");
    CHECK(parse_listen("127.0.0.1:0, 127.0.0.1:0").has_value());
    CHECK(parse_listen("127.0.0.1:5000, 127.0.0.1:5001").has_value());
}

TEST_CASE("only this machine reaches a loopback address") {
    CHECK(one("127.0.0.1:1").loopback());
    CHECK(one("127.8.8.8:1").loopback());
    CHECK(one("[::1]:1").loopback());
    CHECK_FALSE(one("0.0.0.0:1").loopback());
    CHECK_FALSE(one("[::]:1").loopback());
    CHECK_FALSE(one("10.127.0.1:1").loopback());
    CHECK_FALSE(one("[::ffff:10.0.0.1]:1").loopback());
}

TEST_CASE("an address is printed as a URL") {
    CHECK(one("[::1]:5000").url() == "http://[::1]:5000");
    CHECK(one("https://127.0.0.1:5443").url() == "https://127.0.0.1:5443");
}

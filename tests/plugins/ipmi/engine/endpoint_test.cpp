#include <catch2/catch.hpp>

#include "plugins/ipmi/engine/endpoint.hpp"

using namespace haas::ipmi;

TEST_CASE("A host is a name or an address, with or without a port") {
    const auto [written, name, port, endpoint] = GENERATE(table<const char*, const char*, int, const char*>({
        {"bmc7", "bmc7", 623, ""},
        {"bmc7:6230", "bmc7", 6230, ""},
        {"ipmi_node-01", "ipmi_node-01", 623, ""},
        {"node-7.bmc.example.org", "node-7.bmc.example.org", 623, ""},
        {"10.0.0.5", "10.0.0.5", 623, "10.0.0.5:623"},
        {"127.0.0.1:9001", "127.0.0.1", 9001, "127.0.0.1:9001"},
        {"fe80::1", "fe80::1", 623, "[fe80::1]:623"},
        {"::1", "::1", 623, "[::1]:623"},
        {"[fd00::7]", "fd00::7", 623, "[fd00::7]:623"},
        {"[fd00::7]:6230", "fd00::7", 6230, "[fd00::7]:6230"},
        {"[fe80::1%lo]:65535", "fe80::1%lo", 65535, "[fe80::1%lo]:65535"},
        // An IPv4 address all the same: RFC 4291 section 2.5.5.2.
        {"::ffff:10.0.0.5", "::ffff:10.0.0.5", 623, "10.0.0.5:623"},
        {"[::ffff:10.0.0.5]:6230", "::ffff:10.0.0.5", 6230, "10.0.0.5:6230"},
        {"[::ffff:a00:5]", "::ffff:a00:5", 623, "10.0.0.5:623"},
        {"::10.0.0.5", "::10.0.0.5", 623, "[::10.0.0.5]:623"},
        // Not the address 0.0.0.10, for which the system's resolver would take it.
        {"10", "10", 623, ""},
    }));
    const auto parsed = parse_host(written);
    REQUIRE(std::holds_alternative<HostName>(parsed));
    const HostName& host = std::get<HostName>(parsed);
    CHECK(host.written == written);
    CHECK(host.name == name);
    CHECK(host.port == port);
    const auto numeric = numeric_endpoint(host);
    CHECK((numeric ? numeric->text() : "") == endpoint);
}

TEST_CASE("What is no host is refused with a sentence") {
    const std::string written =
        GENERATE(as<std::string>{}, "", ":623", "bmc7:", "bmc7:0", "bmc7:65536", "bmc7:-1", "bmc7:6 2", "bmc7:623x",
                 "[fe80::1", "[fe80::1]623", "[fe80::1]:", "[bmc7]:623", "[]", "a:b:c", "http://bmc7", "bmc 7",
                 "bmc7\n", "b\xc3\xbcro", std::string("bmc\0x", 5), std::string(254, 'a'));
    INFO(written);
    const auto parsed = parse_host(written);
    REQUIRE(std::holds_alternative<std::string>(parsed));
    CHECK_THAT(std::get<std::string>(parsed), Catch::StartsWith("host "));
}

TEST_CASE("a scope that this machine does not have makes no address: it is not left out in silence") {
    for (const char* text : {"fe80::1%nosuchif0", "fe80::1%", "[fe0::1%lo]"}) {
        CHECK_FALSE(numeric_endpoint(std::get<HostName>(parse_host(text))));
    }
    // RFC 4007 section 11.2: an implementation takes the zone's number, too.
    CHECK(numeric_endpoint(std::get<HostName>(parse_host("fe80::1%1")))->text() == "[fe80::1%lo]:623");
}

TEST_CASE("Endpoints are equal by family, address, port and scope") {
    const auto endpoint = [](const char* host) { return *numeric_endpoint(std::get<HostName>(parse_host(host))); };
    CHECK(endpoint("10.0.0.5") == endpoint("10.0.0.5:623"));
    CHECK_FALSE(endpoint("10.0.0.5") == endpoint("10.0.0.6"));
    CHECK_FALSE(endpoint("10.0.0.5") == endpoint("10.0.0.5:624"));
    CHECK(endpoint("fd00::7") == endpoint("[fd00:0::7]:623"));
    CHECK_FALSE(endpoint("fe80::1") == endpoint("fe80::1%lo"));
    CHECK(endpoint("[::ffff:10.0.0.5]:624") == endpoint("10.0.0.5:624"));
    CHECK(EndpointHash{}(endpoint("::ffff:10.0.0.5")) == EndpointHash{}(endpoint("10.0.0.5")));
    CHECK(EndpointHash{}(endpoint("fd00::7")) == EndpointHash{}(endpoint("[fd00:0::7]:623")));
}

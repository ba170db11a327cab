#include <catch2/catch.hpp>

#include <poll.h>

#include "plugins/ipmi/engine/socket.hpp"
#include "tests/plugins/ipmi/engine/udp_bmc.hpp"

using namespace haas::ipmi;

TEST_CASE("A datagram goes out, and its answer comes in with its source") {
    const std::string address = GENERATE("127.0.0.1", "::1");
    UdpBmc bmc({}, address);
    const Endpoint peer = *numeric_endpoint(std::get<HostName>(parse_host(bmc.host())));
    Socket socket(peer.family());
    REQUIRE(socket.descriptor() >= 0);
    CHECK(socket.receive().empty());

    // Get Channel Authentication Capabilities outside a session: IPMI 2.0 sections 13.6 and 22.13.
    const Bytes request{0x06, 0x00, 0xff, 0x07, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                        0x00, 0x09, 0x20, 0x18, 0xc8, 0x81, 0x00, 0x38, 0x8e, 0x04, 0xb5};
    REQUIRE(socket.send(peer, request) == 0);
    pollfd readable{socket.descriptor(), POLLIN, 0};
    REQUIRE(::poll(&readable, 1, 10000) == 1);
    const auto received = socket.receive();
    REQUIRE(received.size() == 1);
    CHECK(received[0].from == peer);
    CHECK(received[0].datagram.size() > request.size());
}

TEST_CASE("An address of the other family is refused by the system, not sent") {
    Socket socket(AF_INET6);
    const Endpoint ipv4 = *numeric_endpoint(std::get<HostName>(parse_host("127.0.0.1")));
    CHECK(socket.send(ipv4, Bytes{1}) != 0);
}

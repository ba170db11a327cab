#include <catch2/catch.hpp>

#include <poll.h>

#include "plugins/ipmi/engine/socket.hpp"
#include "tests/plugins/ipmi/engine/udp_bmc.hpp"
#include "tests/plugins/ipmi/wire/hex.hpp"

using namespace haas::ipmi;

TEST_CASE("A datagram goes out, and its answer comes in with its source") {
    const std::string address = GENERATE("127.0.0.1", "::1");
    UdpBmc bmc({}, address);
    const Endpoint peer = *numeric_endpoint(std::get<HostName>(parse_host(bmc.host())));
    Socket socket(peer.family(), 100);
    REQUIRE(socket.descriptor() >= 0);
    CHECK(socket.receive().empty());

    // Get Channel Authentication Capabilities outside a session: IPMI 2.0 sections 13.6 and 22.13.
    const Bytes request{0x06, 0x00, 0xff, 0x07, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                        0x00, 0x09, 0x20, 0x18, 0xc8, 0x81, 0x00, 0x38, 0x8e, 0x04, 0xb5};
    REQUIRE(socket.queue(peer, request, nullptr));
    socket.flush([](void*, const Endpoint&, int) { FAIL("there is a way to the loopback interface"); });
    CHECK_FALSE(socket.has_queued());
    pollfd readable{socket.descriptor(), POLLIN, 0};
    REQUIRE(::poll(&readable, 1, 10000) == 1);
    const auto received = socket.receive();
    REQUIRE(received.size() == 1);
    CHECK(received[0].from == peer);
    CHECK(received[0].datagram.size() > request.size());
}

TEST_CASE("What cannot be sent is told by its sender and address, and does not hold up the rest") {
    UdpBmc bmc({}, "::1");
    Socket socket(AF_INET6, 100);
    const Endpoint ipv4 = *numeric_endpoint(std::get<HostName>(parse_host("127.0.0.1")));
    const Endpoint peer = *numeric_endpoint(std::get<HostName>(parse_host(bmc.host())));
    int first = 1;
    int second = 2;
    // Open Session with suite 3: IPMI 2.0 table 13-9.
    const Bytes open = from_hex(
        "0600ff07 06 10 00000000 00000000 2000"
        "01 04 0000 a4a3a2a0 00000008 01000000 01000008 01000000 02000008 01000000");
    REQUIRE(socket.queue(ipv4, Bytes{1}, &first));
    REQUIRE(socket.queue(peer, open, &second));
    std::vector<void*> told;
    socket.flush([&](void* sender, const Endpoint& to, int error) {
        told.push_back(sender);
        CHECK(to == ipv4);
        CHECK(error != 0);
    });
    CHECK(told == std::vector<void*>{&first});
    CHECK(bmc.reaches([](const FakeBmc& fake) { return fake.open_sessions() == 1; }));
}

TEST_CASE("A queue that is full says so, and is empty after it went out") {
    Socket socket(AF_INET, 100);
    const Endpoint nowhere = *numeric_endpoint(std::get<HostName>(parse_host("127.0.0.1:9")));
    for (std::size_t i = 0; i < Socket::batch; ++i) REQUIRE(socket.queue(nowhere, Bytes{1}, nullptr));
    CHECK_FALSE(socket.queue(nowhere, Bytes{1}, nullptr));
    socket.flush([](void*, const Endpoint&, int) {});
    CHECK(socket.queue(nowhere, Bytes{1}, nullptr));
}

TEST_CASE("The receive buffer is made for as many datagrams as may come, or says how much the system gave") {
    const Socket few(AF_INET, 100);
    CHECK(few.receive_buffer().given >= few.receive_buffer().wanted);
    const Socket many(AF_INET, 1'000'000'000 / 1280);
    CHECK(many.receive_buffer().wanted > 900'000'000);
    CHECK(many.receive_buffer().given > 0);
}

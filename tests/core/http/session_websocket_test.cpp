// The opening handshake and what is spoken behind it; how a WebSocket ends is in websocket_end_test.cpp.
#include <malloc.h>

#include <atomic>
#include <list>
#include <thread>

#include <catch2/catch.hpp>

#include "core/http/session.hpp"
#include "tests/core/http/booth.hpp"
#include "tests/core/http/frugal_client.hpp"
#include "tests/core/http/tls_client.hpp"

using namespace haas::http;
using namespace haas::http::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

TEST_CASE("the handshake: what the client offers and we do not speak is left out") {
    Booth booth;
    Client client(booth.server.port);
    client.send(upgrade_request("X-Request-Id: r-1\r\nSec-WebSocket-Extensions: permessage-deflate\r\n"));
    const auto head = client.receive();
    CHECK(status(head) == 101);
    CHECK(header(head, "Upgrade") == "websocket");
    CHECK(header(head, "Connection") == "Upgrade");
    CHECK(header(head, "Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    CHECK(header(head, "Sec-WebSocket-Extensions").empty());
    CHECK(header(head, "Sec-WebSocket-Protocol").empty());
    CHECK(header(head, "Content-Length").empty());
    CHECK(header(head, "X-Request-Id") == "r-1");
}

TEST_CASE("a message each way, byte by byte as in RFC 6455 section 5.7") {
    Booth booth;
    Client client(booth.server.port);
    booth.open(client);
    client.send("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
    CHECK(booth.diary.next() == "text Hello");
    booth.act([](WebSocket& socket) {
        socket.send(WebSocket::Kind::text, "Hello");
        CHECK(socket.waiting() == 0);
    });
    CHECK(client.receive_bytes(7) == "\x81\x05\x48\x65\x6c\x6c\x6f");
    client.send("\x89\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
    CHECK(client.receive_bytes(7) == "\x8a\x05\x48\x65\x6c\x6c\x6f");
    CHECK(booth.diary.empty());
}

TEST_CASE("the handler picks one of the subprotocols that are offered") {
    Booth booth;
    Client client(booth.server.port);
    SECTION("the last") {
        client.send(upgrade_request("Sec-WebSocket-Protocol: one, two\r\n"));
        const auto head = client.receive();
        CHECK(status(head) == 101);
        CHECK(header(head, "Sec-WebSocket-Protocol") == "two");
    }
    SECTION("another is a defect, and does not reach the client") {
        client.send(upgrade_request("Sec-WebSocket-Protocol: wrong\r\n"));
        CHECK(status(client.receive()) == 500);
    }
}

TEST_CASE("what is no proper wish is answered, and the connection lives on") {
    Booth booth;
    Client client(booth.server.port);
    client.send("GET /ws HTTP/1.1\r\nHost: localhost\r\n\r\n");
    auto answer = client.receive();
    CHECK(status(answer) == 426);
    CHECK(header(answer, "Upgrade") == "websocket");
    CHECK(header(answer, "Connection") == "Upgrade");
    CHECK(header(answer, "Sec-WebSocket-Version") == "13");
    CHECK(body(answer).rfind("{\"type\":\"ValidationError\",\"msg\":\"", 0) == 0);

    client.send("GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 8\r\n\r\n");
    CHECK(status(client.receive()) == 426);
    client.send("GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Key: short\r\nSec-WebSocket-Version: 13\r\n\r\n");
    CHECK(status(client.receive()) == 400);
    client.send("HEAD /ws HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(status(client.receive(true)) == 426);
    client.send("GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(body(client.receive()) == "plain");
    CHECK(booth.diary.empty());
}

TEST_CASE("a handler that does not accept answers as always, also to who asks for an upgrade") {
    Booth booth;
    Client client(booth.server.port);
    for (const char* path : {"/plain", "/missing"}) {
        client.send("GET "s + path + upgrade_request().substr(7));
        const auto answer = client.receive();
        CHECK(status(answer) == (path == "/plain"s ? 200 : 404));
        CHECK(header(answer, "Upgrade").empty());
    }
    client.send(upgrade_request());
    CHECK(status(client.receive()) == 101);
}

TEST_CASE("a page of a foreign origin gets no WebSocket, and the handler is not asked") {
    Options options;
    options.allowed_origins = {"https://ui.example.org"};
    Booth booth(options);
    for (const char* origin : {"https://evil.example", "null", "http://localhost.evil.example"}) {
        Client client(booth.server.port);
        client.send(upgrade_request("Origin: "s + origin + "\r\n"));
        check_refused(client.receive_all(), 403, "AuthorizationError");
    }
    Client own(booth.server.port);
    own.send(upgrade_request("Origin: http://localhost:" + std::to_string(booth.server.port) + "\r\n"));
    CHECK(status(own.receive()) == 101);
}

TEST_CASE("an allowed origin may") {
    Options options;
    options.allowed_origins = {"https://ui.example.org"};
    Booth booth(options);
    Client client(booth.server.port);
    client.send(upgrade_request("Origin: https://ui.example.org\r\n"));
    CHECK(status(client.receive()) == 101);
}

TEST_CASE("where no credentials are asked for, a name that was bent to loopback gets none either") {
    Options options;
    options.require_loopback_host = true;
    Booth booth(options);
    Client client(booth.server.port);
    auto request = upgrade_request();
    request.replace(request.find("Host: localhost"), 15, "Host: bent.example");
    client.send(request);
    check_refused(client.receive_all(), 403, "AuthorizationError");
}

TEST_CASE("frames sent ahead with the request are heard") {
    Booth booth;
    Client client(booth.server.port);
    client.send(upgrade_request() + client_frame(0x81, "early") + client_frame(0x01, "in "));
    CHECK(status(client.receive()) == 101);
    CHECK(booth.diary.next() == "text early");
    client.send(client_frame(0x80, "two"));
    CHECK(booth.diary.next() == "text in two");
}

TEST_CASE("a ping between fragments is answered at once, and the message is whole") {
    Booth booth;
    Client client(booth.server.port);
    booth.open(client);
    client.send(client_frame(0x02, "\x00\xFF"s) + client_frame(0x89, "?"));
    CHECK(client.receive_bytes(3) == "\x8A\x01?");
    client.send(client_frame(0x8A, "never asked for") + client_frame(0x80, "\x80"));
    CHECK(booth.diary.next() == "binary \x00\xFF\x80"s);
}

TEST_CASE("a frame byte by byte, and many in one piece, keep their order") {
    Booth booth;
    Client client(booth.server.port);
    booth.open(client);
    for (const char c : client_frame(0x81, "slow")) client.send({&c, 1});
    CHECK(booth.diary.next() == "text slow");
    std::string many;
    for (int i = 0; i < 20'000; ++i) many += client_frame(0x81, std::to_string(i));
    client.send(many);
    for (int i = 0; i < 20'000; ++i) REQUIRE(booth.diary.next() == "text " + std::to_string(i));
}

TEST_CASE("messages of a mebibyte both ways, plain and under TLS; one byte more is too big") {
    const Certificates certificates;
    Booth booth({}, certificates.server());
    std::string large(std::size_t{1} << 20, '\0');
    for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 7 >> 3);
    const auto converse = [&](auto& client) {
        booth.open(client);
        client.send(client_frame(0x82, large));
        CHECK((booth.diary.next() == "binary " + large));
        std::string pieces;
        for (std::size_t at = 0; at < large.size(); at += 1000) {
            const int last = at + 1000 >= large.size() ? 0x80 : 0;
            pieces += client_frame(static_cast<std::uint8_t>(last | (at == 0 ? 2 : 0)), large.substr(at, 1000));
        }
        client.send(pieces);
        CHECK((booth.diary.next() == "binary " + large));
        booth.act([&](WebSocket& socket) { socket.send(WebSocket::Kind::binary, large); });
    };
    const std::string expected = server_frame(0x82, large);
    Client plain(booth.server.port);
    converse(plain);
    CHECK((plain.receive_bytes(expected.size()) == expected));
    plain.send(client_frame(0x82, large + "x"));
    CHECK(booth.diary.next().rfind("gone 1009 ", 0) == 0);
    CHECK(plain.receive_bytes(4).substr(2) == "\x03\xF1");

    TlsClient tls(connect_to(booth.server.tls_port), certificates);
    converse(tls);
    booth.act([](WebSocket& socket) { socket.close(CloseCode::normal, ""); });
    tls.send(client_close(1000));
    CHECK((tls.receive_all() == expected + server_close(1000)));
}

TEST_CASE("the maker may send, pause and close from within its callbacks") {
    Booth booth;
    Client client(booth.server.port);
    booth.open(client);
    booth.act([&](WebSocket& socket) {
        socket.on_message([&](WebSocket::Kind kind, const std::string& bytes) {
            socket.send(kind, bytes + "!");
            if (bytes == "end") socket.close(CloseCode::normal, "as you say");
        });
    });
    client.send(client_frame(0x81, "a") + client_frame(0x81, "end") + client_frame(0x81, "never heard") +
                client_close(1000, "late"));
    CHECK(client.receive_all() ==
          server_frame(0x81, "a!") + server_frame(0x81, "end!") + server_close(1000, "as you say"));
    CHECK(booth.diary.empty());  // nor is the maker told what it did itself
}

TEST_CASE("a paused WebSocket takes nothing; resumed it goes on where it was") {
    Booth booth;
    Client client(booth.server.port);
    booth.open(client);
    booth.act([&](WebSocket& socket) {
        socket.on_message([&](WebSocket::Kind, const std::string& bytes) {
            booth.diary.put(bytes);
            socket.pause();
        });
    });
    client.send(client_frame(0x81, "1") + client_frame(0x81, "2") + client_frame(0x89, "") + client_frame(0x81, "3"));
    for (const char* expected : {"1", "2", "3"}) {
        CHECK(booth.diary.next() == expected);
        Client other(booth.server.port);  // a whole request later, nothing else has come
        other.send("GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n");
        CHECK(body(other.receive()) == "plain");
        CHECK(booth.diary.empty());
        booth.act([](WebSocket& socket) { socket.resume(); });
    }
    CHECK(client.receive_bytes(2) == "\x8A\x00"s);
}

TEST_CASE("a handler that throws on a message ends that WebSocket only") {
    Booth booth;
    Client client(booth.server.port);
    booth.open(client);
    booth.act([](WebSocket& socket) {
        socket.on_message([](WebSocket::Kind, const std::string&) { throw std::runtime_error("broken"); });
    });
    client.send(client_frame(0x81, "x"));
    CHECK(client.receive_bytes(4) == server_close(1011));
    CHECK(booth.diary.next() == "gone 1011 ");
    Client other(booth.server.port);
    other.send("GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(body(other.receive()) == "plain");
}

TEST_CASE("who sends without end does not keep others from their turn") {
    Booth booth;
    Client flood(booth.server.port);
    booth.open(flood);
    booth.act([](WebSocket& socket) { socket.on_message(nullptr); });
    std::atomic<bool> enough{false};
    std::thread flooding([&] {
        const std::string frames = client_frame(0x82, std::string(200'000, 'x'));
        while (!enough) flood.send(frames);
    });
    for (int i = 0; i < 20; ++i) {
        Client other(booth.server.port);
        other.send("GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n");
        CHECK(body(other.receive()) == "plain");
    }
    enough = true;
    flooding.join();
}

TEST_CASE("an open and idle WebSocket holds less than 4 KiB") {
    Booth booth;
    constexpr std::size_t count = 200;
    std::list<FrugalClient> clients;
    std::vector<std::shared_ptr<WebSocket>> sockets;
    const std::string said(5000, 'x');
    const auto one = [&] {
        FrugalClient& client = clients.emplace_back(booth.server.port);
        booth.open(client);
        sockets.push_back(booth.socket);
        client.send(client_frame(0x82, said));
        CHECK(booth.diary.next() == "binary " + said);
        booth.act([&](WebSocket& socket) { socket.send(WebSocket::Kind::binary, said); });
        CHECK(client.receive_bytes(5004) == server_frame(0x82, said));
    };
    one();  // what is made once is not counted
    const auto before = mallinfo2().uordblks;
    for (std::size_t i = 0; i < count; ++i) one();
    const auto each = (mallinfo2().uordblks - before) / count;  // 0 under the sanitizers, whose allocators are others
    INFO(each << " bytes");
    CHECK(each < 4096);
    booth.server.on_loop([&](Server&) { sockets.clear(); });
}

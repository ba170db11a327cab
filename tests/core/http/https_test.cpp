// The server under TLS, with OpenSSL's client on the other side.
#include <future>
#include <list>

#include <catch2/catch.hpp>
#include <openssl/ssl.h>

#include "tests/core/http/tls_client.hpp"
#include "tests/core/http/wire.hpp"

using namespace haas::http;
using namespace haas::http::test;
using namespace std::chrono_literals;

namespace {

const std::string get = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";

std::string handshake_failure(std::uint16_t port, const Certificates& certificates, const Wishes& wishes) {
    try {
        TlsClient client(connect_to(port), certificates, wishes);
        client.send(get);
        client.receive();
        return "";
    } catch (const std::runtime_error& refused) {
        return refused.what();
    }
}

}  // namespace

TEST_CASE("requests over TLS: answered, pipelined, with bodies larger than a record, to a proper end") {
    const Certificates certificates;
    RunningServer server({}, echo, certificates.server());
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TlsClient client(connect_to(server.tls_port), certificates, {.lowest_version = version, .highest_version = version});
        for (int i = 0; i < 3; ++i) {
            client.send(get);
            CHECK(body(client.receive()) == "GET /a []");
        }
        std::string many;
        for (int i = 0; i < 500; ++i) many += get;
        client.send(many);
        for (int i = 0; i < 500; ++i) CHECK(body(client.receive()) == "GET /a []");
        const std::string large(300'000, 'x');
        client.send("POST /b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 300000\r\n\r\n" + large);
        CHECK(body(client.receive()) == "POST /b [" + large + "]");
        client.send("GET /c HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        CHECK(body(client.receive_all()) == "GET /c []");
    }
}

TEST_CASE("a body in thousands of tiny records costs no stack") {
    const Certificates certificates;
    RunningServer server({}, echo, certificates.server());
    TlsClient client(connect_to(server.tls_port), certificates);
    client.send("POST /b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20000\r\n\r\n");
    for (int i = 0; i < 20'000; ++i) client.send("x");
    CHECK(body(client.receive()) == "POST /b [" + std::string(20'000, 'x') + "]");
}

TEST_CASE("the handler knows what came over TLS, and from whom") {
    Certificates certificates;
    certificates.make("alice", {"alice"}, "ca");
    Desk desk;
    RunningServer server({}, desk.handler(), certificates.server(true));
    const auto asked = [&](auto& client) {
        client.send(get);
        auto held = desk.next();
        server.on_loop([&](Server&) { held.respond({200, {}, ""}); });
        CHECK(status(client.receive()) == 200);
        return held.request;
    };
    Client plain(server.port);
    CHECK_FALSE(asked(plain).secure);
    TlsClient anonymous(connect_to(server.tls_port), certificates);
    const Request unnamed = asked(anonymous);
    CHECK(unnamed.secure);
    CHECK(unnamed.certificate.empty());
    TlsClient alice(connect_to(server.tls_port), certificates, {.identity = "alice"});
    CHECK(asked(alice).certificate == "alice");
    TlsClient resumed(connect_to(server.tls_port), certificates, {.identity = "alice"}, &alice);
    CHECK(resumed.was_resumed());
    CHECK(asked(resumed).certificate == "alice");
}

TEST_CASE("old versions and ciphers without forward secrecy or authentication are refused") {
    const Certificates certificates;
    RunningServer server({}, echo, certificates.server());
    for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
        CHECK_FALSE(handshake_failure(server.tls_port, certificates, {.lowest_version = version, .highest_version = version}).empty());
    }
    for (const char* ciphers : {"AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384",
                                "ECDHE-ECDSA-AES128-CCM", "AECDH-AES128-SHA", "ECDHE-ECDSA-NULL-SHA"}) {
        INFO(ciphers);
        const std::string failure =
            handshake_failure(server.tls_port, certificates, {.highest_version = TLS1_2_VERSION, .ciphers = ciphers});
        CHECK(failure.find("handshake failure") != std::string::npos);
    }
    for (const char* ciphers :
         {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"}) {
        INFO(ciphers);
        TlsClient client(connect_to(server.tls_port), certificates, {.highest_version = TLS1_2_VERSION, .ciphers = ciphers});
        CHECK(client.version() == "TLSv1.2");
        CHECK(client.cipher() == ciphers);
    }
}

TEST_CASE("no renegotiation, and http/1.1 or nothing") {
    const Certificates certificates;
    RunningServer server({}, echo, certificates.server());
    TlsClient client(connect_to(server.tls_port), certificates,
                     {.highest_version = TLS1_2_VERSION, .protocols = "\x02h2\x08http/1.1"});
    CHECK(client.protocol() == "http/1.1");
    CHECK_FALSE(client.may_renegotiate());
    CHECK(handshake_failure(server.tls_port, certificates, {.protocols = "\x04smtp"}).find("no application protocol") !=
          std::string::npos);
}

TEST_CASE("a session is resumed by its ticket") {
    const Certificates certificates;
    RunningServer server({}, echo, certificates.server());
    TlsClient first(connect_to(server.tls_port), certificates);
    first.send(get);
    first.receive();  // TLS 1.3's tickets come with it
    TlsClient second(connect_to(server.tls_port), certificates, {}, &first);
    CHECK(second.was_resumed());
    second.send(get);
    CHECK(body(second.receive()) == "GET /a []");
}

TEST_CASE("reloading: new connections see the new certificate, old ones live on, a broken file changes nothing") {
    Certificates certificates;
    RunningServer server({}, echo, certificates.server());
    TlsClient before(connect_to(server.tls_port), certificates);

    certificates.write("server.pem", "broken");
    haas::Result<void> reloaded;
    server.on_loop([&](Server& running) { reloaded = running.reload_tls(); });
    REQUIRE_FALSE(reloaded);
    CHECK(reloaded.error().message.find(certificates.file("server.pem").string()) != std::string::npos);
    CHECK(handshake_failure(server.tls_port, certificates, {}).empty());

    certificates.make("server", {"localhost"}, "");  // which the client's CA did not sign
    server.on_loop([&](Server& running) { reloaded = running.reload_tls(); });
    REQUIRE(reloaded);
    CHECK(handshake_failure(server.tls_port, certificates, {}).find("certificate verify failed") != std::string::npos);
    before.send(get);
    CHECK(body(before.receive()) == "GET /a []");
}

TEST_CASE("https needs a certificate") {
    boost::asio::io_context io;
    Server server(io, {}, echo);
    const auto port = server.listen("127.0.0.1", 0, Scheme::https);
    REQUIRE_FALSE(port);
    CHECK(port.error().code == haas::Errc::invalid);
    CHECK(port.error().message.find("[tls]") != std::string::npos);
}

TEST_CASE("who says nothing, or half a handshake, is cut off, and holds up nobody") {
    const Certificates certificates;
    Options options;
    options.handshake_timeout = 300ms;
    RunningServer server(options, echo, certificates.server());
    std::list<Client> silent;
    for (int i = 0; i < 20; ++i) silent.emplace_back(server.tls_port).send(i % 2 == 0 ? "" : "\x16\x03\x01\x02");
    TlsClient client(connect_to(server.tls_port), certificates);
    client.send(get);
    CHECK(body(client.receive()) == "GET /a []");
    for (Client& one : silent) CHECK(one.receive_all().empty());
}

TEST_CASE("plain HTTP on the port of TLS is told what to do") {
    const Certificates certificates;
    RunningServer server({}, echo, certificates.server());
    Client client(server.tls_port);
    client.send(get);
    const auto answer = client.receive_all();
    check_refused(answer, 400, "ValidationError");
    CHECK(body(answer).find("https://") != std::string::npos);
}

TEST_CASE("a stream over TLS: each write arrives, and its client is seen to go") {
    const Certificates certificates;
    std::promise<std::shared_ptr<Stream>> opened;
    RunningServer server({}, [&](Request, Respond respond) {
        Response response;
        response.stream = [&](std::shared_ptr<Stream> stream) { opened.set_value(std::move(stream)); };
        respond(std::move(response));
    }, certificates.server());
    auto client = std::make_unique<TlsClient>(connect_to(server.tls_port), certificates);
    client->send(get);
    auto stream = opened.get_future().get();
    CHECK(header(client->receive(), "Transfer-Encoding") == "chunked");
    std::promise<void> gone;
    auto told = gone.get_future();
    server.on_loop([&](Server&) { stream->on_gone([&] { gone.set_value(); }); });
    client.reset();
    CHECK(told.wait_for(10s) == std::future_status::ready);
    server.on_loop([&](Server&) { stream.reset(); });
}

TEST_CASE("beyond the connection limit a client of TLS is told so too") {
    const Certificates certificates;
    Options options;
    options.max_connections = 1;
    RunningServer server(options, echo, certificates.server());
    TlsClient first(connect_to(server.tls_port), certificates);
    TlsClient second(connect_to(server.tls_port), certificates);
    CHECK(status(second.receive_all()) == 503);
}

TEST_CASE("the own origin of a listener of TLS begins with https") {
    const Certificates certificates;
    RunningServer server({}, echo, certificates.server());
    const auto port = std::to_string(server.tls_port);
    TlsClient client(connect_to(server.tls_port), certificates);
    const std::string start = "GET /a HTTP/1.1\r\nHost: localhost:" + port + "\r\nOrigin: ";
    client.send(start + "https://localhost:" + port + "\r\n\r\n");
    CHECK(status(client.receive()) == 200);
    client.send(start + "http://localhost:" + port + "\r\n\r\n");
    CHECK(status(client.receive()) == 403);
}

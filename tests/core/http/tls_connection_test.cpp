#include "core/http/tls_connection.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <memory>

#include <catch2/catch.hpp>
#include <openssl/ssl.h>

#include "tests/core/http/tls_client.hpp"

using namespace haas::http;
using namespace haas::http::test;

namespace {

// Our side of a socket pair, not blocking; the client has the other.
class Pair {
public:
    explicit Pair(const Certificates& certificates, bool ask_clients = false)
        : context(TlsContext::load(certificates.server(ask_clients)).value()) {
        int ends[2];
        REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
        descriptor = ends[0];
        theirs = ends[1];
        REQUIRE(fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0);
        connection = std::make_unique<TlsConnection>(*context, descriptor);
    }
    ~Pair() { close_ours(); }

    void close_ours() {
        if (descriptor >= 0) close(std::exchange(descriptor, -1));
    }
    void wait(Flow what) const {
        pollfd waiting{descriptor, static_cast<short>(what == Flow::want_write ? POLLOUT : POLLIN), 0};
        REQUIRE(poll(&waiting, 1, 10'000) == 1);
    }
    Flow shake_hands() const {
        for (;;) {
            const Flow flow = connection->handshake();
            if (flow != Flow::want_read && flow != Flow::want_write) return flow;
            wait(flow);
        }
    }
    Moved read(char* into, std::size_t size) const {
        for (;;) {
            const Moved moved = connection->read(into, size);
            if (moved.flow != Flow::want_read) return moved;
            wait(moved.flow);
        }
    }

    std::shared_ptr<const TlsContext> context;
    int descriptor = -1;
    int theirs = -1;
    std::unique_ptr<TlsConnection> connection;
};

using Shaken = std::future<std::unique_ptr<TlsClient>>;

Shaken connect_client(const Pair& pair, const Certificates& certificates, Wishes wishes = {}) {
    return std::async(std::launch::async, [&certificates, descriptor = pair.theirs, wishes = std::move(wishes)] {
        return std::make_unique<TlsClient>(descriptor, certificates, wishes);
    });
}

std::string name_shown(const Certificates& certificates, const std::string& identity) {
    const Pair pair(certificates, true);
    auto client = connect_client(pair, certificates, {.identity = identity});
    REQUIRE(pair.shake_hands() == Flow::moved);
    client.get();
    return pair.connection->peer_name();
}

}  // namespace

TEST_CASE("bytes pass in both directions, and each side learns of a proper end") {
    const Certificates certificates;
    Pair pair(certificates);
    CHECK(pair.connection->handshake() == Flow::want_read);
    auto shaken = connect_client(pair, certificates);
    REQUIRE(pair.shake_hands() == Flow::moved);
    auto client = shaken.get();
    char bytes[100];
    CHECK(pair.connection->read(bytes, sizeof bytes).flow == Flow::want_read);
    client->send("ping");
    const Moved moved = pair.read(bytes, sizeof bytes);
    REQUIRE(moved.flow == Flow::moved);
    CHECK(std::string(bytes, moved.bytes) == "ping");
    CHECK(pair.connection->write("pong").bytes == 4);
    pair.connection->end_sending();
    CHECK(client->receive_all() == "pong");
    client.reset();
    CHECK(pair.read(bytes, sizeof bytes).flow == Flow::failed);  // closed without close_notify: perhaps cut
}

TEST_CASE("without a close_notify the client can tell that it was cut") {
    const Certificates certificates;
    Pair pair(certificates);
    auto shaken = connect_client(pair, certificates);
    REQUIRE(pair.shake_hands() == Flow::moved);
    auto client = shaken.get();
    CHECK(pair.connection->write("half").bytes == 4);
    pair.close_ours();
    CHECK_THROWS_WITH(client->receive_all(), Catch::Contains("unexpected eof"));
}

TEST_CASE("a full descriptor is waited for, and the write goes on from elsewhere in memory") {
    const Certificates certificates;
    Pair pair(certificates);
    auto shaken = connect_client(pair, certificates);
    REQUIRE(pair.shake_hands() == Flow::moved);
    auto client = shaken.get();
    const std::string all(4'000'000, 'x');
    std::size_t sent = 0;
    Moved moved;
    while ((moved = pair.connection->write(std::string_view(all).substr(sent))).flow == Flow::moved) sent += moved.bytes;
    CHECK(moved.flow == Flow::want_write);
    CHECK(sent > 0);
    CHECK(sent < all.size());
    auto received = std::async(std::launch::async, [&] { return client->receive_all(); });
    while (sent < all.size()) {
        const auto elsewhere = std::make_unique<std::string>(all.substr(sent));
        moved = pair.connection->write(*elsewhere);
        if (moved.flow == Flow::want_write) {
            pair.wait(moved.flow);
        } else {
            REQUIRE(moved.flow == Flow::moved);
            sent += moved.bytes;
        }
    }
    pair.connection->end_sending();
    CHECK(received.get() == all);
}

TEST_CASE("plain HTTP is recognised before anything is sent") {
    const Certificates certificates;
    Pair pair(certificates);
    REQUIRE(send(pair.theirs, "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL) == 18);
    CHECK(pair.shake_hands() == Flow::failed);
    CHECK(pair.connection->met_plain_http());
    char byte = 0;
    CHECK(recv(pair.theirs, &byte, 1, MSG_DONTWAIT) == -1);
    close(pair.theirs);
}

TEST_CASE("what is neither fails with a reason, and is not taken for HTTP") {
    const Certificates certificates;
    Pair pair(certificates);
    REQUIRE(send(pair.theirs, "EHLO mail.example.org\r\n", 23, MSG_NOSIGNAL) == 23);
    CHECK(pair.shake_hands() == Flow::failed);
    CHECK_FALSE(pair.connection->met_plain_http());
    CHECK_FALSE(pair.connection->reason().empty());
    close(pair.theirs);
}

TEST_CASE("a client that leaves during the handshake is no crash") {
    const Certificates certificates;
    Pair pair(certificates);
    close(pair.theirs);
    CHECK(pair.shake_hands() == Flow::failed);
}

TEST_CASE("the name of a client is its certificate's one common name") {
    Certificates certificates;
    certificates.make("alice", {"alice"}, "ca");
    certificates.make("umlaut", {"J\xc3\xb6rg"}, "ca");
    certificates.make("nobody", {}, "ca");
    certificates.make("two", {"alice", "admin"}, "ca");
    certificates.make("nul", {std::string("admin\0.example.org", 18)}, "ca");
    certificates.make("line", {"admin\nx"}, "ca");
    CHECK(name_shown(certificates, "alice") == "alice");
    CHECK(name_shown(certificates, "umlaut") == "J\xc3\xb6rg");
    for (const char* unnamed : {"", "nobody", "two", "nul", "line"}) {
        INFO(unnamed);
        CHECK(name_shown(certificates, unnamed).empty());
    }
}

TEST_CASE("a certificate that the CA did not sign ends the handshake") {
    Certificates certificates;
    certificates.make("stranger", {"admin"}, "");
    const Pair pair(certificates, true);
    // TLS 1.3's client believes itself connected before the server has seen its certificate.
    auto client = connect_client(pair, certificates, {.highest_version = TLS1_2_VERSION, .identity = "stranger"});
    CHECK(pair.shake_hands() == Flow::failed);
    CHECK_FALSE(pair.connection->reason().empty());
    CHECK(pair.connection->peer_name().empty());
    CHECK_THROWS(client.get());
}

#include "core/http/server.hpp"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <future>
#include <list>

#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>

#include "core/base/log.hpp"
#include "tests/core/http/frugal_client.hpp"
#include "tests/core/http/wire.hpp"

using namespace haas;
using namespace haas::http;
using namespace haas::http::test;
using namespace std::chrono_literals;

namespace {

const std::string get = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";

}  // namespace

TEST_CASE("addresses that cannot be listened on are named, with the reason") {
    boost::asio::io_context io;
    Server server(io, {}, echo);
    const auto port = server.listen("127.0.0.1", 0);
    REQUIRE(port);
    CHECK(*port != 0);

    const auto taken = server.listen("127.0.0.1", *port);
    REQUIRE_FALSE(taken);
    CHECK(taken.error().code == Errc::conflict);
    CHECK(taken.error().message ==
          "Cannot listen on 127.0.0.1:" + std::to_string(*port) + ": the port is in use by another process.");

    const auto elsewhere = server.listen("192.0.2.1", 5000);  // RFC 5737: nobody's address
    REQUIRE_FALSE(elsewhere);
    CHECK(elsewhere.error().code == Errc::invalid);
    CHECK(elsewhere.error().message == "Cannot listen on 192.0.2.1:5000: this machine has no such address.");

    for (const char* host : {"", "localhost", "127.0.0.256", "[127.0.0.1", "1.2.3"}) {
        const auto name = server.listen(host, 0);
        REQUIRE_FALSE(name);
        CHECK(name.error().code == Errc::invalid);
        CHECK(name.error().message == "Cannot listen on \"" + std::string(host) + "\": not an IP address.");
    }
}

TEST_CASE("a port that needs a privilege says so") {
    int first_free = 0;
    std::ifstream("/proc/sys/net/ipv4/ip_unprivileged_port_start") >> first_free;
    boost::asio::io_context io;
    Server server(io, {}, echo);
    const bool root = geteuid() == 0;
    if (root) REQUIRE(seteuid(65534) == 0);
    const auto low = server.listen("127.0.0.1", 9);
    if (root) REQUIRE(seteuid(0) == 0);
    REQUIRE(low.has_value() == (first_free <= 9));
    if (!low) {
        CHECK(low.error().code == Errc::forbidden);
        CHECK(low.error().message ==
              "Cannot listen on 127.0.0.1:9: permission denied; ports below 1024 need CAP_NET_BIND_SERVICE.");
    }
}

TEST_CASE("IPv4 and IPv6 listeners side by side, on one port") {
    RunningServer server;
    Result<std::uint16_t> v6 = 0;
    server.on_loop([&](Server& running) { v6 = running.listen("[::1]", server.port); });
    REQUIRE(v6);
    CHECK(*v6 == server.port);
    for (const char* host : {"127.0.0.1", "::1"}) {
        Client client(server.port, host);
        client.send(get);
        CHECK(body(client.receive()) == "GET /a []");
    }
}

TEST_CASE("connections wait for the start") {
    boost::asio::io_context io;
    Server server(io, {}, echo);
    const auto port = server.listen("127.0.0.1", 0).value();
    Client client(port);
    client.send(get);
    CHECK(io.run_for(0ms) == 0);
    server.start();
    std::thread loop([&] { io.run_for(10s); });
    CHECK(body(client.receive()) == "GET /a []");
    boost::asio::post(io, [&] { server.stop([] {}); });
    loop.join();
}

TEST_CASE("beyond the connection limit a client is told so, and the next is served when one has gone") {
    Options options;
    options.max_connections = 2;
    RunningServer server(options);
    auto first = std::make_unique<Client>(server.port);
    Client second(server.port);
    for (Client* client : {first.get(), &second}) {
        client->send(get);
        CHECK(status(client->receive()) == 200);
    }
    Client third(server.port);
    third.send(get);
    const auto busy = third.receive();
    CHECK(status(busy) == 503);
    CHECK(header(busy, "Retry-After") == "5");
    CHECK(header(busy, "Connection") == "close");
    CHECK(body(busy) ==
          R"({"type":"BusyError","msg":"All 2 connections are in use (max_connections); try again.","code":"busy"})");

    first.reset();
    for (int tries = 1;; ++tries) {  // the server may see the newcomer before it sees the other leave
        Client fourth(server.port);
        fourth.send(get);
        if (status(fourth.receive()) == 200) break;
        REQUIRE(tries < 10'000);
    }
    second.send(get);
    CHECK(status(second.receive()) == 200);
}

TEST_CASE("clients that are turned away and stay do not pile up, and do not block for ever") {
    Options options;
    options.max_connections = 1;
    options.linger_timeout = 100ms;
    RunningServer server(options);
    Client served(server.port);
    served.send(get);
    CHECK(status(served.receive()) == 200);
    std::list<Client> crowd;
    for (int i = 0; i < 200; ++i) crowd.emplace_back(server.port);
    for (Client& client : crowd) CHECK(status(client.receive_all()) == 503);
}

TEST_CASE("slow clients") {
    Options options;
    options.header_timeout = 200ms;
    options.body_timeout = 200ms;
    options.idle_timeout = 200ms;
    options.linger_timeout = 200ms;
    RunningServer server(options);
    Client client(server.port);
    SECTION("headers byte by byte: the time counts for all of them") {
        std::string answer;
        std::thread listener([&] { answer = client.receive(); });
        const std::string endless = "GET / HTTP/1.1\r\n" + std::string(10'000, 'a');
        const auto start = std::chrono::steady_clock::now();
        try {
            for (std::size_t i = 0; std::chrono::steady_clock::now() - start < 5s; ++i) {
                client.send(endless.substr(i, 1));
                std::this_thread::sleep_for(20ms);  // tidy: slowness is what is tested
            }
        } catch (const std::system_error&) {  // cut off, as it should
        }
        listener.join();
        CHECK(std::chrono::steady_clock::now() - start < 5s);
        check_refused(answer, 408, "ValidationError");
    }
    SECTION("a body that does not come") {
        client.send("POST /b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nab");
        check_refused(client.receive_all(), 408, "ValidationError");
    }
    SECTION("a body that was asked for and does not come") {
        client.send("POST /b HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
        CHECK(client.receive() == "HTTP/1.1 100 Continue\r\n\r\n");
        check_refused(client.receive_all(), 408, "ValidationError");
    }
    SECTION("nothing at all") { CHECK(client.receive_all().empty()); }
    SECTION("nothing more") {
        client.send(get);
        CHECK(body(client.receive()) == "GET /a []");
        CHECK(client.receive_all().empty());
    }
    SECTION("the half of a second request") {
        client.send(get + "GET /b");
        CHECK(body(client.receive()) == "GET /a []");
        check_refused(client.receive_all(), 408, "ValidationError");
    }
}

TEST_CASE("the time a handler takes is its own affair") {
    Options options;
    options.header_timeout = options.body_timeout = options.idle_timeout = options.write_timeout = 40ms;
    Desk desk;
    RunningServer server(options, desk.handler());
    Client slow(server.port);
    slow.send(get);
    auto held = desk.next();
    CHECK(Client(server.port).receive_all().empty());  // as long as all the timeouts
    server.on_loop([&](Server&) { held.respond({200, {}, "at last"}); });
    CHECK(body(slow.receive()) == "at last");
}

TEST_CASE("a client that does not take its answer is cut off") {
    Options options;
    options.write_timeout = 200ms;
    constexpr std::size_t size = std::size_t{64} << 20;  // more than the kernel keeps for both ends
    Desk desk;
    RunningServer server(options, desk.handler());
    Client client(server.port);
    client.send(get);
    auto held = desk.next();
    server.on_loop([&](Server&) { held.respond({200, {}, std::string(size, 'x')}); });
    // Stopping waits for the answer to go out, and ends only because it is given up.
    REQUIRE(server.stop());
    CHECK_THROWS(client.receive());
}

TEST_CASE("a connection given up may take others with it, whose streams it held") {
    Options options;
    options.write_timeout = 200ms;
    std::promise<void> both;
    std::vector<std::shared_ptr<Stream>> streams;
    RunningServer server(options, [&](Request, Respond respond) {
        Response response;
        response.stream = [&](std::shared_ptr<Stream> stream) {
            streams.push_back(std::move(stream));
            if (streams.size() == 2) both.set_value();
        };
        respond(std::move(response));
    });
    Client first(server.port);
    first.send(get);
    CHECK(status(first.receive()) == 200);  // so that it is the first in the server's list
    Client second(server.port);
    second.send(get);
    REQUIRE(both.get_future().wait_for(10s) == std::future_status::ready);
    server.on_loop([&](Server&) {
        streams[0]->on_drained([held = std::move(streams[1])] { held->finish(); });
        streams[0]->write(std::string(std::size_t{12} << 20, 'x'));
    });
    CHECK(body(second.receive_all()).empty());
    server.on_loop([&](Server&) { streams.clear(); });
}

TEST_CASE("an idle connection holds no memory for what it asked") {
    RunningServer server({}, [](const Request&, const Respond& respond) { respond({204, {}, ""}); });
    constexpr std::size_t count = 200;
    std::list<FrugalClient> clients;
    const auto one = [&] {
        FrugalClient& client = clients.emplace_back(server.port);
        client.send("GET /a HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(5000, 'x') + "\r\n\r\n");
        CHECK(status(client.receive()) == 204);
    };
    one();  // what is made once is not counted
    server.on_loop([](Server&) {});
    const auto before = mallinfo2().uordblks;
    for (std::size_t i = 0; i < count; ++i) one();
    server.on_loop([](Server&) {});
    const auto each = (mallinfo2().uordblks - before) / count;  // 0 under the sanitizers, whose allocators are others
    INFO(each << " bytes");
    CHECK(each < 4096);
}

TEST_CASE("a refused client that goes is seen to go") {
    RunningServer server;
    Client client(server.port);
    SECTION("by its headers") {
        client.send("GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n\r\n");
    }
    SECTION("by its end") {
        client.send("GET / HTTP/1.1\r\n");
        client.finish_sending();
    }
    SECTION("by the parser") { client.send("nonsense\r\n\r\n"); }
    CHECK(status(client.receive_all()) >= 400);
    client.finish_sending();
    const auto start = std::chrono::steady_clock::now();
    CHECK(server.stop());
    CHECK(std::chrono::steady_clock::now() - start < Options().linger_timeout / 2);
}

TEST_CASE("stop closes idle connections at once and lets the others have their answer") {
    Desk desk;
    RunningServer server({}, desk.handler());
    Client idle(server.port);
    Client busy(server.port);
    Client reading(server.port);
    idle.send(get);
    auto first = desk.next();
    server.on_loop([&](Server&) { first.respond({200, {}, ""}); });
    CHECK(status(idle.receive()) == 200);
    busy.send(get);
    auto held = desk.next();
    reading.send("POST /b HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    CHECK(reading.receive() == "HTTP/1.1 100 Continue\r\n\r\n");

    std::promise<void> stopped;
    auto done = stopped.get_future();
    server.on_loop([&](Server& running) { running.stop([&] { stopped.set_value(); }); });
    CHECK(idle.receive_all().empty());
    CHECK_THROWS_AS(Client(server.port), std::system_error);

    reading.send("abc");
    auto late = desk.next();
    CHECK(late.request.body == "abc");
    for (auto* waiting : {&held, &late}) {
        CHECK(done.wait_for(0ms) == std::future_status::timeout);
        server.on_loop([&](Server&) { waiting->respond({200, {}, "done"}); });
    }
    for (Client* client : {&busy, &reading}) {
        const auto answer = client->receive_all();
        CHECK(body(answer) == "done");
        CHECK(header(answer, "Connection") == "close");
    }
    CHECK(done.wait_for(10s) == std::future_status::ready);
}

TEST_CASE("stop without a connection is told later, not from within") {
    boost::asio::io_context io;
    Server server(io, {}, echo);
    REQUIRE(server.listen("127.0.0.1", 0));
    server.start();
    bool stopped = false;
    server.stop([&] { stopped = true; });
    CHECK_FALSE(stopped);
    io.run_for(10s);
    CHECK(stopped);
}

TEST_CASE("abort closes everything, also what stop waits for") {
    Desk desk;
    RunningServer server({}, desk.handler());
    Client busy(server.port);
    busy.send(get);
    auto held = desk.next();
    std::promise<void> stopped;
    auto done = stopped.get_future();
    server.on_loop([&](Server& running) {
        running.stop([&] { stopped.set_value(); });
        running.abort();
    });
    CHECK(done.wait_for(10s) == std::future_status::ready);
    CHECK(busy.receive_all().empty());
    server.on_loop([&](Server&) { held.respond({200, {}, "into the void"}); });
}

TEST_CASE("an answer may outlive server and loop") {
    Desk desk;
    Desk::Case held;
    {
        RunningServer server({}, desk.handler());
        Client client(server.port);
        client.send(get);
        held = desk.next();
    }
    held.respond({200, {}, ""});
    held.respond = nullptr;
}

TEST_CASE("out of descriptors, accept waits instead of spinning, and recovers") {
    boost::asio::io_context io;
    Server server(io, {}, echo);
    const auto port = server.listen("127.0.0.1", 0).value();
    server.start();
    Client client(port);
    client.send(get);

    // UBSan looks at an object's type through a pipe, once for each type, and there will be no descriptors for one: the
    // types that logging uses are shown to it now.
    log::warn("test.descriptors_run_out", {{"port", port}, {"reason", "as meant"}});
    rlimit before{};
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
    const int lowest_free = dup(0);
    REQUIRE(lowest_free >= 0);
    close(lowest_free);
    const rlimit none{static_cast<rlim_t>(lowest_free), before.rlim_max};
    REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
    const auto handlers_run = io.run_for(350ms);
    REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(handlers_run >= 1);
    CHECK(handlers_run <= 10);  // a spinning loop runs thousands

    std::thread loop([&] { io.run_for(10s); });
    CHECK(body(client.receive()) == "GET /a []");
    boost::asio::post(io, [&] { server.stop([] {}); });
    loop.join();
}

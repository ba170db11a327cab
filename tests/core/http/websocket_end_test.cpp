// How a WebSocket ends: by either side, by a rule, by silence, by slowness, and with the server.
#include <future>

#include <catch2/catch.hpp>

#include "tests/core/http/booth.hpp"

using namespace haas::http;
using namespace haas::http::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

TEST_CASE("the client closes: its code is answered, and the server ends the connection") {
    Booth booth;
    Client client(booth.server.port);
    booth.open(client);
    SECTION("with code and reason") {
        client.send(client_close(4321, "bye"));
        CHECK(client.receive_all() == server_close(4321));
        CHECK(booth.diary.next() == "gone 4321 bye");
    }
    SECTION("with neither") {
        client.send(client_frame(0x88, ""));
        CHECK(client.receive_all() == server_frame(0x88, ""));
        CHECK(booth.diary.next() == "gone 1005 ");
    }
    SECTION("with more behind it, which is not heard") {
        client.send(client_close(1000) + client_frame(0x81, "x") + std::string(100'000, '\xFF'));
        CHECK(client.receive_all() == server_close(1000));
        CHECK(booth.diary.next() == "gone 1000 ");
    }
    booth.act([&](WebSocket& socket) {  // all harmless
        socket.send(WebSocket::Kind::text, "into the void");
        CHECK(socket.waiting() == 0);
        socket.pause();
        socket.resume();
        socket.close(CloseCode::normal, "");
        socket.on_gone([&](CloseCode code, const std::string&) {
            booth.diary.put("late " + std::to_string(static_cast<int>(code)));
        });
    });
    CHECK(booth.diary.next().rfind("late ", 0) == 0);
    CHECK(booth.diary.empty());
}

TEST_CASE("the client goes without a word") {
    Booth booth;
    auto client = std::make_unique<Client>(booth.server.port);
    booth.open(*client);
    SECTION("closed") { client.reset(); }
    SECTION("closed within a frame") {
        client->send(client_frame(0x81, "half").substr(0, 7));
        client.reset();
    }
    SECTION("only finished sending") { client->finish_sending(); }
    CHECK(booth.diary.next() == "gone 1006 ");
}

TEST_CASE("the maker closes: what waits goes first, then the client has its time to answer") {
    Options options;
    options.close_timeout = 200ms;
    Booth booth(options);
    Client client(booth.server.port);
    booth.open(client);
    booth.act([](WebSocket& socket) {
        socket.send(WebSocket::Kind::text, "last");
        socket.close(CloseCode::normal, "done");
        socket.send(WebSocket::Kind::text, "more");
        socket.close(CloseCode::policy, "again");
    });
    const auto expected = server_frame(0x81, "last") + server_close(1000, "done");
    SECTION("it answers") {
        CHECK(client.receive_bytes(expected.size()) == expected);
        client.send(client_frame(0x81, "what was on its way") + client_frame(0x89, "") + client_close(1000, "ok"));
        CHECK(client.receive_all().empty());
    }
    SECTION("it does not") { CHECK(client.receive_all() == expected); }
    SECTION("it breaks a rule instead") {
        CHECK(client.receive_bytes(expected.size()) == expected);
        client.send("\xFF\xFF");
        CHECK(client.receive_all().empty());
    }
    CHECK(booth.diary.empty());
}

TEST_CASE("who was paused is listened to again for its close") {
    Booth booth;
    Client client(booth.server.port);
    booth.open(client);
    booth.act([](WebSocket& socket) { socket.pause(); });
    client.send(client_frame(0x81, "not heard") + client_close(1000));
    booth.act([](WebSocket& socket) { socket.close(CloseCode::normal, ""); });
    CHECK(client.receive_all() == server_close(1000));
    CHECK(booth.diary.empty());
}

TEST_CASE("a close code that must not be sent is not") {
    Booth booth;
    Client client(booth.server.port);
    booth.open(client);
    booth.act([](WebSocket& socket) { socket.close(CloseCode::cut, std::string(200, 'x')); });
    client.send(client_close(1000));
    CHECK(client.receive_all() == server_close(1011, std::string(123, 'x')));
}

TEST_CASE("a handle that is forgotten closes") {
    Booth booth;
    Client client(booth.server.port);
    booth.open(client);
    SECTION("by the maker") {
        booth.server.on_loop([&](Server&) { booth.socket.reset(); });
    }
    SECTION("by a callback that held it") {
        booth.server.on_loop([&](Server&) {
            booth.socket->on_message([held = std::exchange(booth.socket, nullptr)](auto, const auto&) mutable {
                held->on_message(nullptr);
                held.reset();
            });
        });
        client.send(client_frame(0x81, "x"));
    }
    client.send(client_close(1000));
    CHECK(client.receive_all() == server_close(1011));
    CHECK(booth.diary.empty());
}

TEST_CASE("who breaks a rule is told which, and can read it") {
    Booth booth;
    Client client(booth.server.port);
    booth.open(client);
    unsigned code = 1002;
    std::string bytes;
    SECTION("not masked") { bytes = server_frame(0x81, "x"); }
    SECTION("reserved bit") { bytes = client_frame(0xC1, "x"); }
    SECTION("no UTF-8") { bytes = client_frame(0x81, "\xFF"); code = 1007; }
    SECTION("too big") { bytes = "\x82\xFF\x00\x00\x00\x00\x00\x10\x00\x01"s; code = 1009; }
    // More than fits into what is read at once: it must not reset the connection before the client has read why.
    client.send(bytes + std::string(300'000, 'x'));
    const auto said = client.receive_all();
    REQUIRE(said.size() > 4);
    CHECK(said[0] == '\x88');
    CHECK(static_cast<unsigned char>(said[1]) == said.size() - 2);
    const std::string reason = said.substr(4);
    CHECK(said.substr(2, 2) == server_close(code).substr(2));
    CHECK(booth.diary.next() == "gone " + std::to_string(code) + ' ' + reason);
}

TEST_CASE("a ping goes out each interval, and who answers stays") {
    Options options;
    options.ping_interval = 40ms;
    Booth booth(options);
    Client client(booth.server.port);
    booth.open(client);
    for (int i = 0; i < 5; ++i) {
        CHECK(client.receive_bytes(2) == "\x89\x00"s);
        client.send(client_frame(0x8A, ""));
    }
    client.send(client_frame(0x81, "here"));
    CHECK(booth.diary.next() == "text here");
}

TEST_CASE("anything said within an interval is a sign of life") {
    Options options;
    options.ping_interval = 200ms;
    Booth booth(options);
    Client client(booth.server.port);
    booth.open(client);
    for (int i = 0; i < 4; ++i) {
        CHECK(client.receive_bytes(2) == "\x89\x00"s);
        client.send(client_frame(0x81, "typed"));
        CHECK(booth.diary.next() == "text typed");
    }
}

TEST_CASE("a peer that is silent is found within two intervals") {
    Options options;
    options.ping_interval = 200ms;
    Booth booth(options);
    Client client(booth.server.port);
    booth.open(client);
    const auto start = std::chrono::steady_clock::now();
    CHECK(booth.diary.next() == "gone 1006 A ping was not answered in time.");
    const auto silent = std::chrono::steady_clock::now() - start;
    CHECK(silent >= 300ms);
    CHECK(silent < 2s);  // two intervals, a tick, and a machine that is busy
    CHECK(client.receive_all() == "\x89\x00"s);
}

TEST_CASE("who is not listened to is not blamed for it") {
    Options options;
    options.ping_interval = 40ms;
    Booth booth(options);
    Client client(booth.server.port);
    booth.open(client);
    booth.act([](WebSocket& socket) { socket.pause(); });
    for (int i = 0; i < 4; ++i) {
        CHECK(client.receive_bytes(2) == "\x89\x00"s);
        client.send(client_frame(0x8A, ""));
    }
    client.send(client_frame(0x81, "still here"));
    CHECK(booth.diary.empty());
    booth.act([](WebSocket& socket) { socket.resume(); });
    CHECK(booth.diary.next() == "text still here");
}

TEST_CASE("a slow reader of a WebSocket: what waits is told, drained is told, and nothing is lost") {
    Booth booth;
    Client client(booth.server.port);
    booth.open(client);
    const std::string piece(100'000, 'x');
    std::size_t count = 0;
    booth.act([&](WebSocket& socket) {
        for (; socket.waiting() == 0; ++count) socket.send(WebSocket::Kind::binary, piece);
        socket.on_drained([&] { booth.diary.put("drained " + std::to_string(socket.waiting())); });
    });
    const auto frame = server_frame(0x82, piece);
    for (std::size_t i = 0; i < count; ++i) CHECK((client.receive_bytes(frame.size()) == frame));
    CHECK(booth.diary.next() == "drained 0");
    booth.act([](WebSocket& socket) { socket.send(WebSocket::Kind::text, "live"); });
    CHECK(client.receive_bytes(6) == server_frame(0x81, "live"));
}

TEST_CASE("for whom too much waits is sent away, and may read all of it and why") {
    Options options;
    options.max_waiting = 1'000'000;
    Booth booth(options);
    Client client(booth.server.port);
    booth.open(client);
    const std::string piece(500'000, 'x');
    std::size_t count = 0;
    booth.act([&](WebSocket& socket) {
        std::size_t waited = 0;
        do {
            waited = socket.waiting();
            socket.send(WebSocket::Kind::binary, piece);
            ++count;
        } while (socket.waiting() >= waited);  // then it is over
    });
    CHECK(booth.diary.next() == "gone 1013 What was sent was not read fast enough.");
    const auto frame = server_frame(0x82, piece);
    for (std::size_t i = 0; i < count; ++i) CHECK((client.receive_bytes(frame.size()) == frame));
    client.send(client_close(1013));
    CHECK(client.receive_all() == server_close(1013, "What was sent was not read fast enough."));
}

TEST_CASE("who does not read at all is cut off, whatever it says") {
    Options options;
    std::string expected;
    SECTION("by the time it has to make room") {
        options.write_timeout = 200ms;
        expected = "gone 1006 What was sent was not read in time.";
    }
    SECTION("by its silence") {
        options.ping_interval = 100ms;
        expected = "gone 1006 A ping was not answered in time.";
    }
    Booth booth(options);
    Client client(booth.server.port);
    booth.open(client);
    booth.act([](WebSocket& socket) { socket.send(WebSocket::Kind::binary, std::string(std::size_t{12} << 20, 'x')); });
    CHECK(booth.diary.next() == expected);
}

TEST_CASE("a close that is not read is given up") {
    Options options;
    options.write_timeout = 200ms;
    Booth booth(options);
    Client client(booth.server.port);
    booth.open(client);
    booth.act([](WebSocket& socket) {
        socket.send(WebSocket::Kind::binary, std::string(std::size_t{12} << 20, 'x'));
        socket.close(CloseCode::normal, "");
    });
    CHECK(booth.server.stop());  // which waits for it
}

TEST_CASE("the server stops") {
    Booth booth;
    Client client(booth.server.port);
    booth.open(client);
    SECTION("a last word, and the client's answer") {
        booth.act([](WebSocket& socket) {
            socket.on_stopping([&socket] {
                socket.send(WebSocket::Kind::text, "bye");
                socket.close(CloseCode::going_away, "");
            });
        });
        auto stopped = std::async(std::launch::async, [&] { return booth.server.stop(); });
        CHECK(client.receive_bytes(9) == server_frame(0x81, "bye") + server_close(1001));
        CHECK(stopped.wait_for(0ms) == std::future_status::timeout);
        client.send(client_close(1001));
        CHECK(client.receive_all().empty());
        CHECK(stopped.get());
    }
    SECTION("a last word that comes later") {
        booth.act([&](WebSocket& socket) { socket.on_stopping([&] { booth.diary.put("stopping"); }); });
        auto stopped = std::async(std::launch::async, [&] { return booth.server.stop(); });
        CHECK(booth.diary.next() == "stopping");
        CHECK(stopped.wait_for(0ms) == std::future_status::timeout);
        booth.act([](WebSocket& socket) { socket.close(CloseCode::normal, "later"); });
        client.send(client_close(1000));
        CHECK(client.receive_all() == server_close(1000, "later"));
        CHECK(stopped.get());
    }
    SECTION("nobody wants to know") {
        client.send(client_frame(0x89, ""));
        CHECK(client.receive_bytes(2) == "\x8A\x00"s);
        auto stopped = std::async(std::launch::async, [&] { return booth.server.stop(); });
        CHECK(booth.diary.next() == "gone 1001 haasd is stopping.");
        CHECK(client.receive_bytes(22) == server_close(1001, "haasd is stopping."));
        CHECK(stopped.wait_for(0ms) == std::future_status::timeout);
        client.send(client_close(1001));
        CHECK(stopped.get());
    }
    SECTION("aborted") {
        booth.act([](WebSocket& socket) { socket.on_stopping([] {}); });
        booth.server.on_loop([](Server& server) { server.abort(); });
        CHECK(booth.diary.next() == "gone 1006 ");
        CHECK(client.receive_all().empty());
    }
}

TEST_CASE("a WebSocket that begins while the server stops is told at once") {
    Desk desk;
    RunningServer server({}, desk.handler());
    Client client(server.port);
    client.send(upgrade_request());
    auto held = desk.next();
    auto stopped = std::async(std::launch::async, [&] { return server.stop(); });
    CHECK_THROWS_AS([&] { for (;;) Client(server.port).receive_all(); }(), std::system_error);  // it has begun to stop
    Response response;
    std::shared_ptr<WebSocket> kept;
    response.websocket = [&](std::shared_ptr<WebSocket> socket) { kept = std::move(socket); };
    server.on_loop([&](Server&) { held.respond(std::move(response)); });
    CHECK(status(client.receive()) == 101);
    client.send(client_close(1001));
    CHECK(client.receive_all() == server_close(1001, "haasd is stopping."));
    CHECK(stopped.get());
    server.on_loop([&](Server&) { kept.reset(); });
}

TEST_CASE("the handle may outlive server and loop") {
    std::shared_ptr<WebSocket> kept;
    {
        Booth booth;
        Client client(booth.server.port);
        booth.open(client);
        kept = booth.socket;
    }
    kept->send(WebSocket::Kind::text, "into the void");
    kept->close(CloseCode::normal, "");
}

TEST_CASE("a client gone before it was answered: its WebSocket never begins") {
    Desk desk;
    RunningServer server({}, desk.handler());
    Client client(server.port);
    client.send(upgrade_request());
    auto held = desk.next();
    server.on_loop([](Server& running) { running.abort(); });
    bool begun = false;
    Response response;
    response.websocket = [&](std::shared_ptr<WebSocket>) { begun = true; };
    server.on_loop([&](Server&) { held.respond(std::move(response)); });
    CHECK_FALSE(begun);
}

#include <future>

#include <catch2/catch.hpp>

#include "core/http/session.hpp"
#include "tests/core/http/wire.hpp"

using namespace haas::http;
using namespace haas::http::test;
using namespace std::chrono_literals;

namespace {

const std::string get = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";
const std::string get_10 = "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";

// A server whose every answer is a stream, of which the test has the maker's end.
class Spring {
public:
    explicit Spring(Options options = {})
        : server(options, [this](Request request, Respond respond) {
              if (request.target == "/plain") return respond({200, {}, "plain"});
              Response response{200, {{"Content-Type", "application/x-ndjson"}}, ""};
              response.stream = [this](std::shared_ptr<Stream> made) { opened_.set_value(std::move(made)); };
              respond(std::move(response));
          }) {}
    ~Spring() {
        server.on_loop([this](Server&) { stream.reset(); });
    }

    void await() {
        auto opened = opened_.get_future();
        REQUIRE(opened.wait_for(10s) == std::future_status::ready);
        stream = opened.get();
        opened_ = {};
    }
    void act(const std::function<void(Stream&)>& task) {
        server.on_loop([&](Server&) { task(*stream); });
    }

    std::shared_ptr<Stream> stream;

private:
    std::promise<std::shared_ptr<Stream>> opened_;

public:
    RunningServer server;
};

// Something that happens once on the loop and is waited for here.
class Event {
public:
    std::function<void()> callback() {
        return [this] { happened_.set_value(); };
    }
    bool awaited(std::chrono::milliseconds at_most = 10s) {
        return future_.wait_for(at_most) == std::future_status::ready;
    }

private:
    std::promise<void> happened_;
    std::future<void> future_ = happened_.get_future();
};

}  // namespace

TEST_CASE("a stream is chunked, each write goes out at once, and the connection lives on") {
    Spring spring;
    Client client(spring.server.port);
    client.send(get);
    spring.await();
    const auto head = client.receive();
    CHECK(status(head) == 200);
    CHECK(header(head, "Transfer-Encoding") == "chunked");
    CHECK(header(head, "Content-Length").empty());
    CHECK(header(head, "Connection").empty());
    CHECK_FALSE(header(head, "X-Request-Id").empty());
    for (const char* line : {"{\"node\":1}\n", "{\"node\":2}\n"}) {
        spring.act([&](Stream& stream) {
            stream.write(line);
            CHECK(stream.waiting() == 0);
        });
        CHECK(client.receive_bytes(16) == "b\r\n" + std::string(line) + "\r\n");
    }
    spring.act([](Stream& stream) {
        stream.write("");  // no chunk, and not the last
        stream.write("end");
        stream.finish();
        stream.write("more");
        stream.finish();
        stream.abort();
    });
    CHECK(client.receive_bytes(13) == "3\r\nend\r\n0\r\n\r\n");
    client.send("GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(body(client.receive()) == "plain");
}

TEST_CASE("for HTTP/1.0 a stream is the bytes themselves, until the connection closes") {
    Spring spring;
    Client client(spring.server.port);
    client.send(get_10);
    spring.await();
    const auto head = client.receive();
    CHECK(header(head, "Transfer-Encoding").empty());
    CHECK(header(head, "Content-Length").empty());
    CHECK(header(head, "Connection") == "close");
    spring.act([](Stream& stream) { stream.write("one\n"); });
    CHECK(client.receive_bytes(4) == "one\n");
    spring.act([](Stream& stream) {
        stream.write("two\n");
        stream.finish();
    });
    CHECK(client.receive_all() == "two\n");
}

TEST_CASE("what the answer has as its body comes before the stream") {
    RunningServer server({}, [](Request, Respond respond) {
        Response response{200, {}, "first"};
        response.stream = [](const std::shared_ptr<Stream>& stream) {
            stream->write("second");
            stream->finish();
        };
        respond(std::move(response));
    });
    Client client(server.port);
    client.send(get);
    client.receive();
    CHECK(client.receive_bytes(26) == "5\r\nfirst\r\n6\r\nsecond\r\n0\r\n\r\n");
}

TEST_CASE("HEAD is answered as GET would be, and its stream never begins") {
    bool begun = false;
    RunningServer server({}, [&](Request, Respond respond) {
        Response response;
        response.stream = [&](std::shared_ptr<Stream>) { begun = true; };
        respond(std::move(response));
    });
    Client client(server.port);
    for (int i = 0; i < 2; ++i) {
        client.send("HEAD /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
        CHECK(header(client.receive(true), "Transfer-Encoding") == "chunked");
    }
    CHECK_FALSE(begun);
}

TEST_CASE("requests sent ahead of a stream's end are answered after it") {
    Spring spring;
    Client client(spring.server.port);
    client.send(get + "GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n");
    spring.await();
    client.receive();
    client.send("GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n");
    spring.act([](Stream& stream) { stream.finish(); });
    CHECK(client.receive_bytes(5) == "0\r\n\r\n");
    CHECK(body(client.receive()) == "plain");
    CHECK(body(client.receive()) == "plain");
}

TEST_CASE("a client that goes while nothing is sent is noticed, once") {
    Spring spring;
    auto client = std::make_unique<Client>(spring.server.port);
    client->send(get);
    spring.await();
    Event gone;
    spring.act([&](Stream& stream) { stream.on_gone(gone.callback()); });
    SECTION("closed") { client.reset(); }
    SECTION("closed after more than it should have said") {
        client->send(std::string(5000, 'x'));
        client.reset();
    }
    SECTION("only finished sending") { client->finish_sending(); }
    CHECK(gone.awaited());
    Event again;
    spring.act([&](Stream& stream) {
        stream.write("into the void");
        CHECK(stream.waiting() == 0);
        stream.on_gone(again.callback());  // said late, it is called all the same
        stream.finish();
    });
    CHECK(again.awaited());
}

TEST_CASE("a stream that its maker aborts, or forgets, has no end that a client could take for one") {
    Spring spring;
    Client client(spring.server.port);
    client.send(get);
    spring.await();
    client.receive();
    bool gone = false;
    spring.act([&](Stream& stream) {
        stream.on_gone([&] { gone = true; });
        stream.write("half");
    });
    CHECK(client.receive_bytes(9) == "4\r\nhalf\r\n");
    SECTION("aborted") {
        spring.act([](Stream& stream) { stream.abort(); });
    }
    SECTION("forgotten") {
        spring.server.on_loop([&](Server&) { spring.stream.reset(); });
    }
    SECTION("forgotten by a callback that held it") {
        spring.server.on_loop([&](Server&) {
            spring.stream->on_drained([held = spring.stream] { held->write("never"); });
            spring.stream->abort();
            spring.stream.reset();
        });
    }
    CHECK(client.receive_all().empty());
    spring.server.on_loop([](Server&) {});
    CHECK_FALSE(gone);
}

TEST_CASE("a slow reader: what waits is told, drained is told, and nothing is lost") {
    Spring spring;
    Client client(spring.server.port);
    client.send(get_10);
    spring.await();
    client.receive();
    constexpr std::size_t piece = 100'000;
    std::size_t written = 0;
    std::size_t left = 1;
    Event drained;
    spring.act([&](Stream& stream) {
        while (stream.waiting() == 0) {
            stream.write(std::string(piece, 'x'));
            written += piece;
        }
        stream.on_drained([&, call = drained.callback()] {
            left = stream.waiting();
            stream.on_drained(nullptr);
            call();
        });
    });
    CHECK(client.receive_bytes(written) == std::string(written, 'x'));
    CHECK(drained.awaited());
    CHECK(left == 0);
    spring.act([](Stream& stream) {
        stream.write("last");
        stream.finish();
    });
    CHECK(client.receive_all() == "last");
}

TEST_CASE("who does not read a stream is cut off") {
    Options options;
    SECTION("by time") { options.write_timeout = 200ms; }
    SECTION("by what waits") { options.max_waiting = 1'000'000; }
    Spring spring(options);
    Client client(spring.server.port);
    client.send(get);
    spring.await();
    Event gone;
    spring.act([&](Stream& stream) {
        stream.on_gone(gone.callback());
        for (std::size_t waited = 0; waited <= 1'000'000; waited = stream.waiting()) {
            stream.write(std::string(500'000, 'x'));
            if (stream.waiting() < waited) break;  // cut already
        }
    });
    CHECK(gone.awaited());
}

TEST_CASE("an idle stream has no deadline") {
    Options options;
    options.header_timeout = options.body_timeout = options.idle_timeout = options.write_timeout = 40ms;
    Spring spring(options);
    Client client(spring.server.port);
    client.send(get);
    spring.await();
    client.receive();
    CHECK(Client(spring.server.port).receive_all().empty());  // as long as all the timeouts
    spring.act([](Stream& stream) { stream.write("late"); });
    CHECK(client.receive_bytes(9) == "4\r\nlate\r\n");
}

TEST_CASE("a finished stream whose rest is not taken is given up") {
    Options options;
    options.write_timeout = 200ms;
    Spring spring(options);
    Client client(spring.server.port);
    client.send(get);
    spring.await();
    spring.act([&](Stream& stream) {
        stream.write(std::string(std::size_t{12} << 20, 'x'));
        stream.finish();
    });
    CHECK(spring.server.stop());  // which waits for it
}

TEST_CASE("the server stops: a stream that can say a last word does, another is cut, both are told") {
    Spring spring;
    Client client(spring.server.port);
    client.send(get);
    spring.await();
    client.receive();
    SECTION("a last word") {
        spring.act([](Stream& stream) {
            stream.on_stopping([&stream] {
                stream.write("bye");
                stream.finish();
            });
        });
        CHECK(spring.server.stop());
        CHECK(client.receive_all() == "3\r\nbye\r\n0\r\n\r\n");
    }
    SECTION("a last word that comes later, in answer to what it waits for") {
        Event stopping;
        spring.act([&](Stream& stream) { stream.on_stopping(stopping.callback()); });
        auto stopped = std::async(std::launch::async, [&] { return spring.server.stop(); });
        CHECK(stopping.awaited());
        CHECK(stopped.wait_for(0ms) == std::future_status::timeout);
        spring.act([](Stream& stream) { stream.finish(); });
        CHECK(stopped.get());
        CHECK(client.receive_all() == "0\r\n\r\n");
    }
    SECTION("cut") {
        Event gone;
        spring.act([&](Stream& stream) { stream.on_gone(gone.callback()); });
        CHECK(spring.server.stop());
        CHECK(gone.awaited());
        CHECK(client.receive_all().empty());
    }
    SECTION("aborted") {
        Event gone;
        spring.act([&](Stream& stream) {
            stream.on_gone(gone.callback());
            stream.on_stopping([] {});
        });
        spring.server.on_loop([](Server& server) { server.abort(); });
        CHECK(gone.awaited());
        CHECK(client.receive_all().empty());
    }
}

TEST_CASE("a stream that begins while the server stops is told at once") {
    Desk desk;
    RunningServer server({}, desk.handler());
    Client client(server.port);
    client.send(get);
    auto held = desk.next();
    auto stopped = std::async(std::launch::async, [&] { return server.stop(); });
    CHECK_THROWS_AS([&] { for (;;) Client(server.port).receive_all(); }(), std::system_error);  // it has begun to stop
    Response response;
    response.stream = [](const std::shared_ptr<Stream>& stream) {
        stream->on_stopping([stream] { stream->finish(); });
    };
    server.on_loop([&](Server&) { held.respond(std::move(response)); });
    CHECK(stopped.get());
    const auto answer = client.receive_all();
    CHECK(header(answer, "Connection") == "close");
    CHECK(body(answer) == "0\r\n\r\n");
}

TEST_CASE("a client gone before the head was written: the work of its stream never begins") {
    Desk desk;
    RunningServer server({}, desk.handler());
    auto client = std::make_unique<Client>(server.port);
    client->send(get);
    auto held = desk.next();
    server.on_loop([&](Server& running) { running.abort(); });
    bool begun = false;
    Response response;
    response.stream = [&](std::shared_ptr<Stream>) { begun = true; };
    server.on_loop([&](Server&) { held.respond(std::move(response)); });
    CHECK_FALSE(begun);
}

TEST_CASE("every answer has an X-Request-Id: the client's, if it is fit, or one of ours") {
    Desk desk;
    RunningServer server({}, desk.handler());
    Client client(server.port);
    client.send("GET /a HTTP/1.1\r\nHost: localhost\r\nx-request-id: build-7.3_x\r\n\r\n");
    auto held = desk.next();
    CHECK(held.request.id == "build-7.3_x");
    server.on_loop([&](Server&) { held.respond({200, {{"X-Request-Id", "another"}}, ""}); });
    CHECK(header(client.receive(), "X-Request-Id") == "build-7.3_x");

    client.send("GET /a HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: a b\r\n\r\n");
    held = desk.next();
    CHECK(is_request_id(held.request.id));
    server.on_loop([&](Server&) { held.respond({200, {}, ""}); });
    CHECK(header(client.receive(), "X-Request-Id") == held.request.id);

    client.send("GET /a HTTP/1.1\r\nX-Request-Id: refused-1\r\n\r\n");
    CHECK(header(client.receive(), "X-Request-Id") == "refused-1");
    Client nonsense(server.port);
    nonsense.send("nonsense\r\n\r\n");
    CHECK(is_request_id(header(nonsense.receive(), "X-Request-Id")));
}

#include "core/http/session.hpp"

#include <unistd.h>

#include <cstdio>
#include <regex>

#include <catch2/catch.hpp>

#include "core/base/log.hpp"
#include "tests/core/http/wire.hpp"

using namespace haas::http;
using namespace haas::http::test;
using namespace std::chrono_literals;

namespace {

const std::string get = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";

std::string undated(const std::string& answer) {
    static const std::regex date("Date: \\w{3}, \\d\\d \\w{3} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT\r\n");
    return std::regex_replace(answer, date, "Date: -\r\n");
}

}  // namespace

TEST_CASE("an answer, byte by byte") {
    RunningServer server;
    Client client(server.port);
    client.send("GET /a?b=c HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: r-1\r\nConnection: close\r\n\r\n");
    CHECK(undated(client.receive_all()) ==
          "HTTP/1.1 200 OK\r\n"
          "Server: haasd\r\n"
          "Date: -\r\n"
          "X-Request-Id: r-1\r\n"
          "Connection: close\r\n"
          "Content-Type: text/plain\r\n"
          "Content-Length: 13\r\n"
          "\r\n"
          "GET /a?b=c []");
}

TEST_CASE("a connection serves one request after the other, with bodies of both kinds") {
    RunningServer server;
    Client client(server.port);
    const std::string chunks = "2\r\nde\r\n1\r\nf\r\n0\r\n\r\n";
    for (int i = 0; i < 3; ++i) {
        client.send("POST /b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc");
        const auto answer = client.receive();
        CHECK(body(answer) == "POST /b [abc]");
        CHECK(header(answer, "Connection").empty());
        client.send("PUT /c HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
        CHECK(body(client.receive()) == "PUT /c [def]");
    }
}

TEST_CASE("the handler is told the peer as the client sees itself, and the request as sent") {
    Desk desk;
    RunningServer server({}, desk.handler());
    Client client(server.port);
    client.send("get /%2F?t=1 HTTP/1.1\r\nHost: localhost\r\nX-Y: z\r\n\r\n");
    auto held = desk.next();
    CHECK(held.request.method == "get");
    CHECK(held.request.target == "/%2F?t=1");
    CHECK(held.request.header("x-y") == "z");
    CHECK(std::regex_match(held.request.peer, std::regex("127\\.0\\.0\\.1:\\d+")));
    server.on_loop([&](Server&) { held.respond({200, {}, "later"}); });
    CHECK(body(client.receive()) == "later");
}

TEST_CASE("pipelined requests are handled one at a time and answered in order") {
    Desk desk;
    RunningServer server({}, desk.handler());
    Client client(server.port);
    std::string stream;
    for (int i = 0; i < 5; ++i) {
        stream += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nxy";
    }
    client.send(stream);
    for (int i = 0; i < 5; ++i) {
        auto held = desk.next();
        CHECK(held.request.target == '/' + std::to_string(i));
        CHECK(held.request.body == "xy");
        server.on_loop([&](Server&) { held.respond({200, {}, held.request.target}); });
    }
    for (int i = 0; i < 5; ++i) CHECK(body(client.receive()) == '/' + std::to_string(i));
}

TEST_CASE("more pipelined requests than any buffer holds are all answered") {
    RunningServer server;
    Client client(server.port);
    constexpr int count = 5000;
    std::thread sender([&] {
        std::string stream;
        for (int i = 0; i < count; ++i) stream += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
        client.send(stream);
    });
    int in_order = 0;
    while (in_order < count && body(client.receive()) == "GET /" + std::to_string(in_order) + " []") ++in_order;
    sender.join();
    CHECK(in_order == count);
}

TEST_CASE("HTTP/1.0 closes unless it asked to stay") {
    RunningServer server;
    Client once(server.port);
    once.send("GET /a HTTP/1.0\r\n\r\n");
    CHECK(body(once.receive_all()) == "GET /a []");
    Client stays(server.port);
    for (int i = 0; i < 2; ++i) {
        stays.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        CHECK(header(stays.receive(), "Connection") == "keep-alive");
    }
}

TEST_CASE("HEAD gets the head that GET would get") {
    RunningServer server;
    Client client(server.port);
    client.send("HEAD /a HTTP/1.1\r\nHost: localhost\r\n\r\n" + get);
    const auto head = client.receive(true);
    CHECK(header(head, "Content-Length") == "10");  // "HEAD /a []"
    CHECK(body(client.receive()) == "GET /a []");   // and no byte between
}

TEST_CASE("an answer of 204 has neither body nor length") {
    RunningServer server({}, [](Request, Respond respond) { respond({204, {}, "dropped"}); });
    Client client(server.port);
    client.send(get + get);
    for (int i = 0; i < 2; ++i) {
        const auto answer = client.receive();
        CHECK(status(answer) == 204);
        CHECK(header(answer, "Content-Length").empty());
    }
}

TEST_CASE("a body is asked for only when it would be taken") {
    RunningServer server;
    const std::string start = "POST /b HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n";
    SECTION("within the limit") {
        Client client(server.port);
        client.send(start + "Content-Length: 3\r\n\r\n");
        CHECK(client.receive() == "HTTP/1.1 100 Continue\r\n\r\n");
        client.send("abc");
        CHECK(body(client.receive()) == "POST /b [abc]");
        client.send(get);
        CHECK(body(client.receive()) == "GET /a []");
    }
    SECTION("chunked") {
        Client client(server.port);
        client.send(start + "Transfer-Encoding: chunked\r\n\r\n");
        CHECK(client.receive() == "HTTP/1.1 100 Continue\r\n\r\n");
        client.send("3\r\nabc\r\n0\r\n\r\n");
        CHECK(body(client.receive()) == "POST /b [abc]");
    }
    SECTION("sent without waiting") {
        Client client(server.port);
        client.send(start + "Content-Length: 3\r\n\r\nabc");
        CHECK(body(client.receive()) == "POST /b [abc]");
    }
    SECTION("without a body") {
        Client client(server.port);
        client.send(start + "\r\n");
        CHECK(body(client.receive()) == "POST /b []");
    }
    SECTION("too large") {
        Client client(server.port);
        client.send(start + "Content-Length: 1048577\r\n\r\n");
        check_refused(client.receive(), 413, "ValidationError");
    }
    SECTION("from a foreign page") {
        Client client(server.port);
        client.send(start + "Origin: http://evil.com\r\nContent-Length: 3\r\n\r\n");
        check_refused(client.receive(), 403, "AuthorizationError");
    }
    SECTION("another expectation") {
        Client client(server.port);
        client.send("POST /b HTTP/1.1\r\nHost: localhost\r\nExpect: coffee\r\nContent-Length: 3\r\n\r\n");
        check_refused(client.receive(), 417, "ValidationError");
    }
}

TEST_CASE("large bodies share a bound, and small ones always find room") {
    Options options;
    options.max_header = 1000;
    options.max_bodies = 10'000;
    RunningServer server(options);
    const std::string start = "POST /b HTTP/1.1\r\nHost: localhost\r\n";
    Client first(server.port);
    first.send(start + "Expect: 100-continue\r\nContent-Length: 9000\r\n\r\n");
    CHECK(first.receive() == "HTTP/1.1 100 Continue\r\n\r\n");
    first.send(std::string(8'999, 'x'));
    Client other(server.port);
    for (const char* kind : {"Content-Length: 2000", "Transfer-Encoding: chunked"}) {
        // Until what was sent first has been read, there is room.
        unsigned refused = 0;
        for (int i = 0; i < 100 && refused != 503; ++i) {
            Client second(server.port);
            const std::string bytes(2'000, 'y');
            const bool chunked = kind[0] == 'T';
            second.send(start + kind + "\r\n\r\n" + (chunked ? "7d0\r\n" + bytes + "\r\n0\r\n\r\n" : bytes));
            refused = status(second.receive());
        }
        CHECK(refused == 503);
        other.send(start + "Content-Length: 1000\r\n\r\n" + std::string(1'000, 'z'));
        CHECK(status(other.receive()) == 200);
    }
    first.send("x");
    CHECK(status(first.receive()) == 200);
    other.send(start + "Content-Length: 9500\r\n\r\n" + std::string(9'500, 'z'));
    CHECK(status(other.receive()) == 200);
    other.send(start + "Content-Length: 9500\r\n\r\n" + std::string(9'500, 'z'));
    CHECK(status(other.receive()) == 200);
}

TEST_CASE("what core/http refuses never reaches the handler") {
    int handled = 0;
    Options options;
    options.require_loopback_host = true;
    RunningServer server(options, [&](Request request, Respond respond) {
        ++handled;
        echo(std::move(request), std::move(respond));
    });
    struct Case {
        std::string stream;
        unsigned status;
        const char* type;
    };
    const Case cases[] = {
        {"nonsense\r\n\r\n", 400, "ValidationError"},
        {"GET /a HTTP/1.1\r\n\r\n", 400, "ValidationError"},
        {"GET /a HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "ValidationError"},
        {"GET /a HTTP/3.0\r\nHost: localhost\r\n\r\n", 505, "ValidationError"},
        {"GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\n\r\n", 431, "ValidationError"},
        {"POST /b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
         "ValidationError"},
        {"POST /b HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\n", 413, "ValidationError"},
        {"POST /b HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "ValidationError"},
        {"GET /a HTTP/1.1\r\nHost: evil.com\r\n\r\n", 403, "AuthorizationError"},
        {"GET /a HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\n\r\n", 403, "AuthorizationError"},
        {"POST /off HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.com\r\n\r\n", 403, "AuthorizationError"},
        {"GET http://evil.com/a HTTP/1.1\r\nHost: localhost\r\n\r\n", 403, "AuthorizationError"},
    };
    for (const Case& tried : cases) {
        INFO(tried.stream.substr(0, 100));
        Client client(server.port);
        client.send(tried.stream + get);  // what follows is not looked at
        const auto answer = client.receive();
        check_refused(answer, tried.status, tried.type);
        client.finish_sending();
        CHECK(client.receive_all().empty());
    }
    CHECK(handled == 0);
}

TEST_CASE("the listener's own pages may call") {
    RunningServer server;
    Client client(server.port);
    const auto port = std::to_string(server.port);
    client.send("GET /a HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nOrigin: http://localhost:" + port + "\r\n\r\n");
    CHECK(status(client.receive()) == 200);
}

TEST_CASE("a client that sends ten megabytes before it listens still sees why it is refused") {
    RunningServer server;
    const std::string much(10 << 20, 'x');
    SECTION("said ahead") {
        Client client(server.port);
        client.send("POST /b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10485760\r\n\r\n" + much);
        check_refused(client.receive(), 413, "ValidationError");
    }
    SECTION("chunked") {
        Client client(server.port);
        client.send("POST /b HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\na00000\r\n" + much);
        check_refused(client.receive(), 413, "ValidationError");
    }
}

TEST_CASE("who never stops sending is cut off") {
    Options options;
    options.linger_bytes = 100'000;
    RunningServer server(options);
    Client client(server.port);
    client.send("nonsense\r\n\r\n");
    const std::string more(100'000, 'x');
    CHECK_THROWS([&] {
        for (int i = 0; i < 10'000; ++i) client.send(more);
    }());
}

TEST_CASE("a large answer arrives whole") {
    constexpr std::size_t size = std::size_t{8} << 20;
    RunningServer server({}, [](Request, Respond respond) { respond({200, {}, std::string(size, 'x')}); });
    Client client(server.port);
    client.send(get);
    CHECK(body(client.receive()) == std::string(size, 'x'));
}

TEST_CASE("upgrades are ignored, unknown methods are the handler's to judge") {
    RunningServer server;
    Client client(server.port);
    client.send("GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n");
    CHECK(body(client.receive()) == "GET /a []");
    client.send("BREW /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(body(client.receive()) == "BREW /a []");
}

TEST_CASE("a client may finish sending before it is answered") {
    Desk desk;
    RunningServer server({}, desk.handler());
    Client client(server.port);
    client.send(get);
    client.finish_sending();
    auto held = desk.next();
    server.on_loop([&](Server&) { held.respond({200, {}, "yes"}); });
    CHECK(body(client.receive_all()) == "yes");
}

TEST_CASE("a request that ends too early is told so") {
    RunningServer server;
    Client client(server.port);
    client.send("POST /b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nab");
    client.finish_sending();
    check_refused(client.receive_all(), 400, "ValidationError");
}

TEST_CASE("a request that is forgotten, or breaks its handler, is answered 500, and the connection lives on") {
    RunningServer server({}, [](Request request, Respond respond) {
        if (request.target == "/throw") throw std::runtime_error("broken");
        if (request.target == "/100") return respond({100, {}, ""});
        if (request.target == "/forget") return;
        respond({200, {}, "fine"});
        respond({200, {}, "twice"});
    });
    Client client(server.port);
    for (const char* target : {"/throw", "/forget", "/100"}) {
        client.send("GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        const auto answer = client.receive();
        CHECK(status(answer) == 500);
        CHECK(body(answer).rfind("{\"type\":\"InternalError\",", 0) == 0);
        client.send(get);
        CHECK(body(client.receive()) == "fine");
    }
}

TEST_CASE("an answer kept back and dropped later is a 500 too") {
    Desk desk;
    RunningServer server({}, desk.handler());
    Client client(server.port);
    client.send(get);
    auto held = desk.next();
    server.on_loop([&](Server&) { held.respond = nullptr; });
    CHECK(status(client.receive()) == 500);
}

TEST_CASE("the debug log has a line for each request, without the query, where tokens may stand") {
    std::FILE* const file = std::tmpfile();
    REQUIRE(file != nullptr);
    RunningServer server;
    Client client(server.port);
    std::fflush(stderr);
    const int real = dup(2);
    dup2(fileno(file), 2);
    haas::log::set_level(haas::log::Level::debug);
    client.send("GET /obmd/node/x?token=hush HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer hush\r\n\r\n");
    client.receive();
    client.send("GET http://evil.com/b?token=hush HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\n\r\n");
    client.receive_all();  // to the end, which comes after the line
    haas::log::set_level(haas::log::Level::info);
    std::fflush(stderr);
    dup2(real, 2);
    close(real);

    std::string text(4096, '\0');
    std::rewind(file);
    text.resize(std::fread(text.data(), 1, text.size(), file));
    std::fclose(file);
    INFO(text);
    CHECK(std::regex_search(text, std::regex("http\\.request method=GET path=/obmd/node/x status=200 ms=[0-9.]+ "
                                             "peer=127\\.0\\.0\\.1:[0-9]+ id=[0-9a-f-]+\n")));
    CHECK(text.find("path=/b status=403 ") != std::string::npos);
    CHECK(text.find("hush") == std::string::npos);
}

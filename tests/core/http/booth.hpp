// A server that accepts every WebSocket, of which the test has the maker's end, and a client's side of the handshake.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <catch2/catch.hpp>

#include "tests/core/http/frames.hpp"
#include "tests/core/http/wire.hpp"

namespace haas::http::test {

// With the key of RFC 6455 section 1.3.
inline std::string upgrade_request(const std::string& more = "") {
    return "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" + more + "\r\n";
}

// What happens on the loop and is waited for by the test.
template <class T>
class Inbox {
public:
    void put(T thing) {
        const std::lock_guard lock(mutex_);
        things_.push_back(std::move(thing));
        arrived_.notify_one();
    }
    // The first that has not been taken; throws if none comes for ten seconds.
    T next() {
        std::unique_lock lock(mutex_);
        if (!arrived_.wait_for(lock, std::chrono::seconds(10), [this] { return !things_.empty(); })) {
            throw std::runtime_error("nothing came");
        }
        T thing = std::move(things_.front());
        things_.pop_front();
        return thing;
    }
    bool empty() {
        const std::lock_guard lock(mutex_);
        return things_.empty();
    }

private:
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<T> things_;
};

class Booth {
public:
    explicit Booth(Options options = {}, std::optional<Tls> tls = std::nullopt)
        : server(std::move(options), [this](Request request, Respond respond) { handle(std::move(request), respond); },
                 std::move(tls)) {}
    ~Booth() {
        server.on_loop([this](Server&) { socket.reset(); });
    }

    // Sends the request and takes the answer; the maker's end is `socket` then.
    template <class Client>
    void open(Client& client) {
        client.send(upgrade_request());
        const auto head = client.receive();
        REQUIRE(status(head) == 101);
        CHECK(header(head, "Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        socket = opened_.next();
    }
    void act(const std::function<void(WebSocket&)>& task) {
        server.on_loop([&](Server&) { task(*socket); });
    }

    Inbox<std::string> diary;  // what the maker is told: "text Hello", "binary ...", "gone 1000 bye"
    std::shared_ptr<WebSocket> socket;

private:
    void handle(Request request, const Respond& respond) {
        if (request.target == "/plain") return respond({200, {}, "plain"});
        if (request.target == "/missing") return respond({404, {}, "missing"});
        Response response;
        if (request.header("Sec-WebSocket-Protocol") == "wrong") response.subprotocol = "never offered";
        else if (const auto offered = request.list("Sec-WebSocket-Protocol"); !offered.empty()) {
            response.subprotocol = offered.back();
        }
        response.websocket = [this](std::shared_ptr<WebSocket> made) {
            made->on_message([this](WebSocket::Kind kind, const std::string& bytes) {
                diary.put((kind == WebSocket::Kind::text ? "text " : "binary ") + bytes);
            });
            made->on_gone([this](CloseCode code, const std::string& reason) {
                diary.put("gone " + std::to_string(static_cast<int>(code)) + ' ' + reason);
            });
            opened_.put(std::move(made));
        };
        respond(std::move(response));
    }

    Inbox<std::shared_ptr<WebSocket>> opened_;

public:
    RunningServer server;
};

// A close frame of the server.
inline std::string server_close(unsigned code, const std::string& reason = "") {
    return server_frame(0x88, std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)} + reason);
}
inline std::string client_close(unsigned code, const std::string& reason = "") {
    return client_frame(0x88, std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)} + reason);
}

}  // namespace haas::http::test

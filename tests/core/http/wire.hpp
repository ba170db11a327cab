// Both ends of a connection for tests: a server on a thread of its own, and a client that sends and receives exact
// bytes over a plain socket.  The client knows no more of HTTP than Content-Length.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "core/http/server.hpp"

namespace haas::http::test {

// Answers at once with what it was asked: "GET /path?query [body]".
void echo(Request request, Respond respond);

class RunningServer {
public:
    explicit RunningServer(Options options = {}, Handler handler = echo, std::optional<Tls> tls = std::nullopt);
    ~RunningServer();
    RunningServer(const RunningServer&) = delete;
    RunningServer& operator=(const RunningServer&) = delete;

    // Runs the task on the loop's thread, and waits until it has run.
    void on_loop(const std::function<void(Server&)>& task);
    // stop(), and waits until it is done; false after ten seconds.
    bool stop();

    std::uint16_t port = 0;
    std::uint16_t tls_port = 0;  // only if there is `tls`

private:
    boost::asio::io_context io_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::unique_ptr<Server> server_;
    std::thread thread_;
};

// A handler that keeps its requests until the test takes them.
class Desk {
public:
    struct Case {
        Request request;
        Respond respond;
    };
    Handler handler();
    Case next();  // waits

private:
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<Case> cases_;
};

// A blocking connection, on which nothing takes longer than ten seconds.
int connect_to(std::uint16_t port, const char* host = "127.0.0.1");

class Client {
public:
    explicit Client(std::uint16_t port, const char* host = "127.0.0.1");
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void send(std::string_view bytes);
    void finish_sending();
    // One answer: head, and as many bytes as its Content-Length says unless `bodiless`.  Empty if the connection ends.
    std::string receive(bool bodiless = false);
    // The next so many bytes.
    std::string receive_bytes(std::size_t size);
    // Everything until the server closes.  Throws when it resets the connection, or does not close for ten seconds.
    std::string receive_all();

private:
    bool receive_some();

    int socket_ = -1;
    std::string pending_;
};

unsigned status(const std::string& answer);
std::string body(const std::string& answer);
// The value of a header, which must stand there at most once; "" without it.
std::string header(const std::string& answer, std::string_view name);
// Checks that core/http refused, in HaaS's shape, and says that it closes.
void check_refused(const std::string& answer, unsigned expected, const std::string& type);

}  // namespace haas::http::test

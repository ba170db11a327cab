#include "tests/core/http/wire.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <future>
#include <stdexcept>
#include <system_error>

#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>

namespace haas::http::test {
namespace {

using namespace std::chrono_literals;

[[noreturn]] void give_up(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

void echo(Request request, Respond respond) {
    Response response;
    response.headers.push_back({"Content-Type", "text/plain"});
    response.body = request.method + ' ' + request.target + " [" + request.body + ']';
    respond(std::move(response));
}

RunningServer::RunningServer(Options options, Handler handler, std::optional<Tls> tls)
    : work_(io_.get_executor()), server_(std::make_unique<Server>(io_, std::move(options), std::move(handler))) {
    port = server_->listen("127.0.0.1", 0).value();
    if (tls) {
        if (const auto loaded = server_->load_tls(*tls); !loaded) throw std::runtime_error(loaded.error().message);
        tls_port = server_->listen("127.0.0.1", 0, Scheme::https).value();
    }
    server_->start();
    thread_ = std::thread([this] { io_.run(); });
}

RunningServer::~RunningServer() {
    on_loop([this](Server&) { server_.reset(); });
    work_.reset();
    thread_.join();
}

void RunningServer::on_loop(const std::function<void(Server&)>& task) {
    std::promise<void> done;
    boost::asio::post(io_, [&] {
        task(*server_);
        done.set_value();
    });
    done.get_future().wait();
}

bool RunningServer::stop() {
    auto done = std::make_shared<std::promise<void>>();
    auto stopped = done->get_future();
    on_loop([done](Server& server) { server.stop([done] { done->set_value(); }); });
    return stopped.wait_for(10s) == std::future_status::ready;
}

Handler Desk::handler() {
    return [this](Request request, Respond respond) {
        const std::lock_guard lock(mutex_);
        cases_.push_back({std::move(request), std::move(respond)});
        arrived_.notify_one();
    };
}

Desk::Case Desk::next() {
    std::unique_lock lock(mutex_);
    if (!arrived_.wait_for(lock, 10s, [this] { return !cases_.empty(); })) throw std::runtime_error("no request came");
    Case next = std::move(cases_.front());
    cases_.pop_front();
    return next;
}

int connect_to(std::uint16_t port, const char* host) {
    const bool v6 = std::string_view(host).find(':') != std::string_view::npos;
    const int made = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (made < 0) give_up("socket");
    const timeval patience{10, 0};
    setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    int connected = -1;
    if (v6) {
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_port = htons(port);
        inet_pton(AF_INET6, host, &address.sin6_addr);
        connected = connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    } else {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        inet_pton(AF_INET, host, &address.sin_addr);
        connected = connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
    if (connected != 0) {
        close(made);
        give_up("connect");
    }
    return made;
}

Client::Client(std::uint16_t port, const char* host) : socket_(connect_to(port, host)) {}

Client::~Client() { close(socket_); }

void Client::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0) give_up("send");
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void Client::finish_sending() { shutdown(socket_, SHUT_WR); }

bool Client::receive_some() {
    char bytes[16384];
    const auto size = recv(socket_, bytes, sizeof bytes, 0);
    if (size < 0) give_up("recv");
    pending_.append(bytes, static_cast<std::size_t>(size));
    return size > 0;
}

std::string Client::receive(bool bodiless) {
    std::size_t head_end = 0;
    while ((head_end = pending_.find("\r\n\r\n")) == std::string::npos) {
        if (!receive_some()) return {};
    }
    std::size_t size = head_end + 4;
    if (!bodiless) {
        const auto length = header(pending_.substr(0, size), "Content-Length");
        if (!length.empty()) size += std::stoul(length);
    }
    while (pending_.size() < size) {
        if (!receive_some()) throw std::runtime_error("the answer was cut off");
    }
    std::string answer = pending_.substr(0, size);
    pending_.erase(0, size);
    return answer;
}

std::string Client::receive_bytes(std::size_t size) {
    while (pending_.size() < size) {
        if (!receive_some()) throw std::runtime_error("the connection ended before: " + pending_);
    }
    std::string bytes = pending_.substr(0, size);
    pending_.erase(0, size);
    return bytes;
}

std::string Client::receive_all() {
    while (receive_some()) {
    }
    return std::exchange(pending_, {});
}

unsigned status(const std::string& answer) {
    if (answer.size() < 12 || answer.substr(0, 9) != "HTTP/1.1 ") throw std::runtime_error("no status line: " + answer);
    return static_cast<unsigned>(std::stoul(answer.substr(9, 3)));
}

std::string body(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

std::string header(const std::string& answer, std::string_view name) {
    const std::string head = answer.substr(0, answer.find("\r\n\r\n") + 2);
    const std::string start = "\r\n" + std::string(name) + ": ";
    const auto found = head.find(start);
    if (found == std::string::npos) return {};
    if (head.find(start, found + 2) != std::string::npos) throw std::runtime_error("repeated: " + std::string(name));
    const auto value = found + start.size();
    return head.substr(value, head.find("\r\n", value) - value);
}

void check_refused(const std::string& answer, unsigned expected, const std::string& type) {
    CHECK(status(answer) == expected);
    CHECK(header(answer, "Content-Type") == "application/json");
    CHECK(header(answer, "Connection") == "close");
    CHECK(std::to_string(body(answer).size()) == header(answer, "Content-Length"));
    CHECK(body(answer).rfind("{\"type\":\"" + type + "\",\"msg\":\"", 0) == 0);
    CHECK(body(answer).substr(body(answer).size() - 2) == "\"}");
}

}  // namespace haas::http::test

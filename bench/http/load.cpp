// Sends each request of a list once, over connections that stay open, and holds each answer against what it must be.
// usage: load --port PORT --requests FILE [--connections N]; FILE has a request a line, tabs between its parts:
// METHOD, PATH, what the answer's body must contain, body.  Prints what came of it as JSON.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include <fmt/format.h>

#include "bench/cost.hpp"

namespace {

using namespace haas::bench;
using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

struct Request {
    std::string bytes;
    std::string expected;
};

std::vector<Request> read_requests(const std::string& path, std::uint16_t port) {
    std::vector<Request> requests;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        std::array<std::string, 4> part;
        std::size_t begin = 0;
        for (std::string& one : part) {
            const std::size_t end = std::min(line.find('\t', begin), line.size());
            one = line.substr(begin, end - begin);
            begin = std::min(end + 1, line.size());
        }
        const std::string length = part[3].empty() ? "" : fmt::format("Content-Length: {}\r\n", part[3].size());
        requests.push_back({fmt::format("{} {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{}\r\n{}", part[0], part[1], port, length,
                                        part[3]),
                            part[2]});
    }
    if (requests.empty()) throw std::runtime_error(path + " has no requests");
    return requests;
}

// How long an answer is, or 0 while its end has not come yet.  haasd always says its length.
std::size_t answer_size(const std::string& bytes) {
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string::npos) return 0;
    constexpr std::string_view name = "Content-Length: ";
    const std::size_t at = bytes.find(name);
    std::size_t length = 0;
    if (at < end) std::from_chars(bytes.data() + at + name.size(), bytes.data() + end, length);
    const std::size_t size = end + 4 + length;
    return bytes.size() >= size ? size : 0;
}

struct Connection {
    int descriptor = -1;
    const Request* request = nullptr;
    std::string answer;
    Clock::time_point asked;
};

class Load {
public:
    Load(std::uint16_t port, std::vector<Request> requests, std::uint64_t connections)
        : requests_(std::move(requests)), poll_(epoll_create1(EPOLL_CLOEXEC)),
          connections_(std::min<std::uint64_t>(connections, requests_.size())) {
        if (poll_ < 0) fail("epoll_create1");
        for (Connection& one : connections_) open(one, port);
        latencies_ms_.reserve(requests_.size());
    }

    void run() {
        const Cost before = cost_so_far();
        const auto begin = Clock::now();
        for (Connection& one : connections_) send_next(one);
        std::array<epoll_event, 64> events{};
        while (latencies_ms_.size() < requests_.size()) {
            const int count = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), 60'000);
            if (count == 0) throw std::runtime_error("no answer for a minute");
            for (int i = 0; i < count; ++i) receive(*static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr));
        }
        wall_ = seconds(Clock::now() - begin);
        cost_ = cost_so_far() - before;
    }

    void print() {
        std::ranges::sort(latencies_ms_);
        fmt::print(R"({{"requests": {}, "right": {}, "wall": {:.6f}, "p50_ms": {:.3f}, "p99_ms": {:.3f}, )"
                   R"("client_cpu": {:.6f}}})"
                   "\n",
                   requests_.size(), right_, wall_, percentile(latencies_ms_, 0.5), percentile(latencies_ms_, 0.99),
                   cost_.user_seconds + cost_.system_seconds);
        if (!first_wrong_.empty()) fmt::print(stderr, "load: a wrong answer: {}\n", first_wrong_);
    }

private:
    void open(Connection& one, std::uint16_t port) {
        one.descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (connect(one.descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("connect");
        const int yes = 1;
        setsockopt(one.descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = &one;
        if (epoll_ctl(poll_, EPOLL_CTL_ADD, one.descriptor, &event) != 0) fail("epoll_ctl");
    }

    void send_next(Connection& one) {
        if (next_ == requests_.size()) return;
        one.request = &requests_[next_++];
        one.asked = Clock::now();
        const std::string& bytes = one.request->bytes;
        // Small enough for the empty buffer of a socket.
        if (send(one.descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size())) fail("send");
    }

    void receive(Connection& one) {
        std::array<char, 4096> part{};
        const ssize_t size = recv(one.descriptor, part.data(), part.size(), 0);
        if (size <= 0) throw std::runtime_error("the server closed a connection");
        one.answer.append(part.data(), static_cast<std::size_t>(size));
        if (answer_size(one.answer) == 0) return;
        latencies_ms_.push_back(seconds(Clock::now() - one.asked) * 1e3);
        if (one.answer.starts_with("HTTP/1.1 200 ") && one.answer.find(one.request->expected) != std::string::npos) {
            ++right_;
        } else if (first_wrong_.empty()) {
            first_wrong_ = one.answer;
        }
        one.answer.clear();
        send_next(one);
    }

    std::vector<Request> requests_;
    int poll_;
    std::vector<Connection> connections_;
    std::size_t next_ = 0;
    std::size_t right_ = 0;
    std::string first_wrong_;
    std::vector<double> latencies_ms_;
    double wall_ = 0;
    Cost cost_;
};

}  // namespace

int main(int count, char** values) {
    try {
        const Arguments arguments(count, values);
        const auto port = static_cast<std::uint16_t>(arguments.number("--port", 5000));
        Load load(port, read_requests(arguments.text("--requests"), port), arguments.number("--connections", 64));
        load.run();
        load.print();
    } catch (const std::exception& fault) {
        fmt::print(stderr, "load: {}\n", fault.what());
        return 1;
    }
    return 0;
}

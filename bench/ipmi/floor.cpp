// The machine's floor: bare UDP exchanges with nothing around them.  One thread, one unconnected socket, sendto and
// recvfrom, against a process that sends each datagram back; as many different peers as a fleet has.
// usage: floor [--peers N] [--rounds N] [--window N] [--bytes N]; prints the client's cost of one exchange as JSON.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fmt/format.h>

#include "bench/cost.hpp"

namespace {

using haas::bench::Arguments;

constexpr std::size_t largest = 2048;

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

int open_socket(bool at_every_address, std::uint16_t& port) {
    const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) fail("socket");
    // A lost datagram would leave the exchange hanging: it is sent again, and counted.
    const timeval patience{0, 200'000};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const int buffer = 4 << 20;
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    const int yes = 1;
    if (at_every_address && setsockopt(descriptor, IPPROTO_IP, IP_PKTINFO, &yes, sizeof yes) != 0) fail("IP_PKTINFO");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(at_every_address ? INADDR_ANY : INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(descriptor, reinterpret_cast<const sockaddr*>(&address), size) != 0) fail("bind");
    if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) fail("getsockname");
    port = ntohs(address.sin_port);
    return descriptor;
}

// Sends every datagram back from the address it came to, for ever.
[[noreturn]] void echo(int descriptor) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    std::array<char, largest> bytes{};
    alignas(cmsghdr) std::array<char, 64> control{};
    sockaddr_in peer{};
    iovec part{};
    for (;;) {
        part = {bytes.data(), bytes.size()};
        msghdr message{};
        message.msg_name = &peer;
        message.msg_namelen = sizeof peer;
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        const ssize_t size = recvmsg(descriptor, &message, 0);
        if (size < 0) continue;
        part.iov_len = static_cast<std::size_t>(size);
        for (cmsghdr* one = CMSG_FIRSTHDR(&message); one != nullptr; one = CMSG_NXTHDR(&message, one)) {
            if (one->cmsg_type != IP_PKTINFO) continue;
            auto* info = reinterpret_cast<in_pktinfo*>(CMSG_DATA(one));
            info->ipi_spec_dst = info->ipi_addr;
            info->ipi_ifindex = 0;
        }
        static_cast<void>(!sendmsg(descriptor, &message, 0));
    }
}

class Exchanges {
public:
    Exchanges(int descriptor, std::uint16_t port, std::uint64_t peers, std::uint64_t bytes)
        : descriptor_(descriptor), port_(port), peers_(peers), size_(std::min<std::uint64_t>(bytes, largest)) {}

    // `count` exchanges, `window` of them under way at a time.
    void run(std::uint64_t count, std::uint64_t window) {
        std::uint64_t sent = 0;
        std::uint64_t received = 0;
        while (received < count) {
            while (sent < count && sent - received < window) send(sent++);
            if (recvfrom(descriptor_, bytes_.data(), bytes_.size(), 0, nullptr, nullptr) >= 0) {
                ++received;
            } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
                lost_ += sent - received;
                sent = received;
            } else {
                fail("recvfrom");
            }
        }
    }
    std::uint64_t lost() const { return lost_; }

private:
    void send(std::uint64_t number) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port_);
        to.sin_addr.s_addr = htonl(0x7f020001U + static_cast<std::uint32_t>(number % peers_));
        if (sendto(descriptor_, bytes_.data(), size_, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to) < 0) {
            fail("sendto");
        }
    }

    int descriptor_;
    std::uint16_t port_;
    std::uint64_t peers_;
    std::size_t size_;
    std::uint64_t lost_ = 0;
    std::array<char, largest> bytes_{};
};

void measure(const Arguments& arguments) {
    const std::uint64_t peers = std::clamp<std::uint64_t>(arguments.number("--peers", 10'000), 1, 1'000'000);
    const std::uint64_t rounds = std::max<std::uint64_t>(arguments.number("--rounds", 5), 1);
    const std::uint64_t window = std::max<std::uint64_t>(arguments.number("--window", 1), 1);
    // A status request of IPMI 2.0 with suite 17 has 72 bytes.
    const std::uint64_t bytes = arguments.number("--bytes", 72);
    std::uint16_t port = 0;
    const int server = open_socket(true, port);
    const pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) echo(server);
    close(server);
    std::uint16_t own_port = 0;
    Exchanges exchanges(open_socket(false, own_port), port, peers, bytes);
    exchanges.run(std::min<std::uint64_t>(peers, 1000), window);
    const haas::bench::Cost before = haas::bench::cost_so_far();
    const auto begin = std::chrono::steady_clock::now();
    exchanges.run(peers * rounds, window);
    const double wall = haas::bench::seconds(std::chrono::steady_clock::now() - begin);
    const haas::bench::Cost cost = haas::bench::cost_so_far() - before;
    kill(child, SIGTERM);
    waitpid(child, nullptr, 0);
    const double each = 1e6 / static_cast<double>(peers * rounds);
    fmt::print(R"({{"window": {}, "exchanges": {}, "lost": {}, "cpu_us": {:.3f}, "user_us": {:.3f}, "wall_us": {:.3f}}})"
               "\n",
               window, peers * rounds, exchanges.lost(), (cost.user_seconds + cost.system_seconds) * each,
               cost.user_seconds * each, wall * each);
}

}  // namespace

int main(int count, char** values) {
    try {
        measure(Arguments(count, values));
    } catch (const std::exception& fault) {
        fmt::print(stderr, "floor: {}\n", fault.what());
        return 1;
    }
    return 0;
}

#include "tests/plugins/ipmi/engine/udp_bmc.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "plugins/ipmi/engine/endpoint.hpp"

namespace haas::ipmi {

UdpBmc::UdpBmc(BmcOptions options, const std::string& address)
    : family_(address.find(':') == std::string::npos ? AF_INET : AF_INET6),
      address_(address),
      fake_(std::move(options)) {
    HostName name;
    name.name = address;
    name.port = 0;
    Endpoint here = *numeric_endpoint(name);
    socket_ = ::socket(family_, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket_ < 0 || ::bind(socket_, reinterpret_cast<sockaddr*>(&here.address), here.size) != 0) {
        throw std::runtime_error("no UDP socket on " + address);
    }
    here.size = sizeof here.address;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&here.address), &here.size);
    const std::string bound = here.text();
    fake_.sol = &sol_;
    port_ = static_cast<std::uint16_t>(std::stoi(bound.substr(bound.rfind(':') + 1)));
    thread_ = std::thread([this] { serve(); });
}

UdpBmc::~UdpBmc() {
    {
        const std::lock_guard lock(mutex_);
        ended_ = true;
    }
    ::shutdown(socket_, SHUT_RDWR);  // wakes recvfrom up, on a socket that is not connected too
    thread_.join();
    ::close(socket_);
}

std::string UdpBmc::host() const {
    return (family_ == AF_INET6 ? "[" + address_ + "]" : address_) + ":" + std::to_string(port_);
}

void UdpBmc::be_silent(bool silent) {
    const std::lock_guard lock(mutex_);
    silent_ = silent;
}

void UdpBmc::serve() {
    std::array<std::uint8_t, 2048> buffer;
    for (;;) {
        sockaddr_storage from{};
        socklen_t size = sizeof from;
        const auto n = ::recvfrom(socket_, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
        const std::lock_guard lock(mutex_);
        if (ended_) return;
        if (n <= 0) continue;
        if (!silent_) {
            for (const Bytes& answer : fake_.receive(ByteView(buffer).first(static_cast<std::size_t>(n)))) {
                ::sendto(socket_, answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
            }
            from_ = from;
            from_size_ = size;
            print();
        }
        changed_.notify_all();
    }
}

// Nothing is lost on the loopback interface, so nothing is repeated.
void UdpBmc::print() {
    const auto packet = fake_.next_sol(Time{});
    if (!packet) return;
    ::sendto(socket_, packet->data(), packet->size(), 0, reinterpret_cast<const sockaddr*>(&from_), from_size_);
}

void UdpBmc::send(const Bytes& datagram) {
    const std::lock_guard lock(mutex_);
    ::sendto(socket_, datagram.data(), datagram.size(), 0, reinterpret_cast<const sockaddr*>(&from_), from_size_);
}

}  // namespace haas::ipmi

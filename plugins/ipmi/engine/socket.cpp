#include "plugins/ipmi/engine/socket.hpp"

#include <netinet/in.h>
#include <unistd.h>

#include <cerrno>

namespace haas::ipmi {
namespace {

// A thousand answers may arrive while the loop does something else.  The system cuts this to net.core.rmem_max.
constexpr int receive_buffer_bytes = 4 * 1024 * 1024;

void set(int descriptor, int level, int option, int value) noexcept {
    // Each of these only makes things better; without it they still work.
    static_cast<void>(setsockopt(descriptor, level, option, &value, sizeof value));
}

}  // namespace

struct Socket::Buffers {
    std::array<std::array<std::uint8_t, largest_datagram>, batch> bytes;
    std::array<sockaddr_storage, batch> sources;
    std::array<iovec, batch> vectors;
    std::array<mmsghdr, batch> headers;
    std::array<Received, batch> received;
};

Socket::Socket(int family) : buffers_(std::make_unique<Buffers>()) {
    descriptor_ = ::socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor_ < 0) {
        error_ = errno;
        return;
    }
    set(descriptor_, SOL_SOCKET, SO_RCVBUF, receive_buffer_bytes);
    // Nothing here is ever fragmented, and the kernel need not number the datagrams for it.
    if (family == AF_INET) {
        set(descriptor_, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
    } else {
        set(descriptor_, IPPROTO_IPV6, IPV6_V6ONLY, 1);
        set(descriptor_, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO);
    }
}

Socket::~Socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

int Socket::send(const Endpoint& to, std::span<const std::uint8_t> datagram) noexcept {
    if (descriptor_ < 0) return error_;
    const auto* address = reinterpret_cast<const sockaddr*>(&to.address);
    if (sendto(descriptor_, datagram.data(), datagram.size(), MSG_NOSIGNAL, address, to.size) >= 0) return 0;
    switch (errno) {
        case EAGAIN:
        case ENOBUFS:
        case ENOMEM:
        case EINTR: return 0;
        default: return errno;
    }
}

std::span<const Socket::Received> Socket::receive() noexcept {
    if (descriptor_ < 0) return {};
    Buffers& b = *buffers_;
    for (std::size_t i = 0; i < batch; ++i) {
        b.vectors[i] = {b.bytes[i].data(), b.bytes[i].size()};
        b.headers[i] = {};
        b.headers[i].msg_hdr.msg_name = &b.sources[i];
        b.headers[i].msg_hdr.msg_namelen = sizeof b.sources[i];
        b.headers[i].msg_hdr.msg_iov = &b.vectors[i];
        b.headers[i].msg_hdr.msg_iovlen = 1;
    }
    const int count = recvmmsg(descriptor_, b.headers.data(), batch, MSG_DONTWAIT, nullptr);
    if (count <= 0) return {};
    const auto n = static_cast<std::size_t>(count);
    for (std::size_t i = 0; i < n; ++i) {
        b.received[i] = {{b.sources[i], b.headers[i].msg_hdr.msg_namelen},
                         std::span(b.bytes[i]).first(b.headers[i].msg_len)};
    }
    return std::span<const Received>(b.received).first(n);
}

}  // namespace haas::ipmi

#include "plugins/ipmi/engine/socket.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace haas::ipmi {
namespace {

// What the kernel charges a receive buffer for one small datagram: its header, and a page's share.
constexpr std::size_t kernel_bytes_per_datagram = 1280;

void set(int descriptor, int level, int option, int value) noexcept {
    // Each of these only makes things better; without it they still work.
    static_cast<void>(setsockopt(descriptor, level, option, &value, sizeof value));
}

// The kernel doubles what it is given, for its own bookkeeping, and tells the double.
std::size_t grow_receive_buffer(int descriptor, std::size_t wanted) noexcept {
    const int half = static_cast<int>(wanted / 2);
    // Beyond the system's limit, where this process may go.
    if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &half, sizeof half) != 0) {
        set(descriptor, SOL_SOCKET, SO_RCVBUF, half);
    }
    int given = 0;
    socklen_t size = sizeof given;
    if (getsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &given, &size) != 0) return 0;
    return static_cast<std::size_t>(given);
}

struct Slot {
    std::array<std::uint8_t, 1024> bytes;
    Endpoint endpoint;
    void* sender = nullptr;
};

}  // namespace

struct Socket::Buffers {
    static_assert(largest_datagram == sizeof Slot::bytes);

    // All pointers lead into this object, which does not move: they are set once.
    struct Direction {
        std::array<Slot, batch> slots;
        std::array<iovec, batch> vectors;
        std::array<mmsghdr, batch> headers;

        Direction() {
            for (std::size_t i = 0; i < batch; ++i) {
                vectors[i] = {slots[i].bytes.data(), slots[i].bytes.size()};
                headers[i] = {};
                headers[i].msg_hdr.msg_name = &slots[i].endpoint.address;
                headers[i].msg_hdr.msg_namelen = sizeof slots[i].endpoint.address;
                headers[i].msg_hdr.msg_iov = &vectors[i];
                headers[i].msg_hdr.msg_iovlen = 1;
            }
        }
    };

    Direction in;
    Direction out;
    std::array<Received, batch> received;
};

Socket::Socket(int family, unsigned datagrams) : buffers_(std::make_unique<Buffers>()) {
    descriptor_ = ::socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor_ < 0) {
        error_ = errno;
        return;
    }
    receive_buffer_.wanted = datagrams * kernel_bytes_per_datagram;
    receive_buffer_.given = grow_receive_buffer(descriptor_, receive_buffer_.wanted);
    set(descriptor_, SOL_SOCKET, SO_SNDBUF, static_cast<int>(receive_buffer_.wanted / 2));
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

bool Socket::queue(const Endpoint& to, std::span<const std::uint8_t> datagram, void* sender) noexcept {
    if (queued_ == batch) return false;
    Slot& slot = buffers_->out.slots[queued_];
    const std::size_t size = std::min(datagram.size(), slot.bytes.size());
    std::copy_n(datagram.begin(), size, slot.bytes.begin());
    slot.endpoint = to;
    slot.sender = sender;
    buffers_->out.vectors[queued_].iov_len = size;
    buffers_->out.headers[queued_].msg_hdr.msg_namelen = to.size;
    ++queued_;
    return true;
}

void Socket::flush(const Unsendable& unsendable) {
    Buffers::Direction& out = buffers_->out;
    std::size_t sent = 0;
    bool waited = false;
    while (sent < queued_) {
        int count = -1;
        int error = error_;
        if (descriptor_ >= 0) {
            count = sendmmsg(descriptor_, &out.headers[sent], static_cast<unsigned>(queued_ - sent), MSG_NOSIGNAL);
            error = errno;
        }
        if (count > 0) {
            sent += static_cast<std::size_t>(count);
            continue;
        }
        if (error == EINTR) continue;
        const bool full = error == EAGAIN || error == ENOBUFS || error == ENOMEM;
        if (full && !waited) {
            // The link drains in less than this.
            constexpr int most_ms = 2;
            pollfd room{descriptor_, POLLOUT, 0};
            static_cast<void>(poll(&room, 1, most_ms));
            waited = true;
            continue;
        }
        const Slot& slot = out.slots[sent];
        if (!full) unsendable(slot.sender, slot.endpoint, error);
        ++sent;
    }
    queued_ = 0;
}

std::span<const Socket::Received> Socket::receive() noexcept {
    if (descriptor_ < 0) return {};
    Buffers::Direction& in = buffers_->in;
    // What the last call left in them is its own length of the address.
    for (mmsghdr& header : in.headers) header.msg_hdr.msg_namelen = sizeof(Endpoint::address);
    const int count = recvmmsg(descriptor_, in.headers.data(), batch, MSG_DONTWAIT, nullptr);
    if (count <= 0) return {};
    const auto n = static_cast<std::size_t>(count);
    for (std::size_t i = 0; i < n; ++i) {
        Slot& slot = in.slots[i];
        slot.endpoint.size = in.headers[i].msg_hdr.msg_namelen;
        buffers_->received[i] = {slot.endpoint, std::span(slot.bytes).first(in.headers[i].msg_len)};
    }
    return std::span<const Received>(buffers_->received).first(n);
}

}  // namespace haas::ipmi

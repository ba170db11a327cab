#include "tools/bmcsim/udp_socket.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace haas::bmcsim {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

// Thousands of clients answer at once: the kernel's default holds a few hundred datagrams.
void enlarge(int descriptor, int forced, int option) noexcept {
    const int size = 32 << 20;
    if (setsockopt(descriptor, SOL_SOCKET, forced, &size, sizeof size) != 0) {
        setsockopt(descriptor, SOL_SOCKET, option, &size, sizeof size);
    }
}

}  // namespace

UdpSocket::UdpSocket(std::uint16_t port)
    : descriptor_(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)), in_(std::make_unique<Slots>()),
      out_(std::make_unique<Slots>()) {
    if (descriptor_ < 0) {
        fail("socket");
    }
    // The device keeps other networks out in the kernel already; where it is refused, the addresses of each datagram
    // are looked at all the same.
    setsockopt(descriptor_, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2);
    // No datagram is ever cut, so none needs the kernel's search for an identification.
    const int whole = IP_PMTUDISC_DO;
    setsockopt(descriptor_, IPPROTO_IP, IP_MTU_DISCOVER, &whole, sizeof whole);
    const int yes = 1;
    enlarge(descriptor_, SO_RCVBUFFORCE, SO_RCVBUF);
    enlarge(descriptor_, SO_SNDBUFFORCE, SO_SNDBUF);
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_port = htons(port);
    any.sin_addr.s_addr = htonl(INADDR_ANY);
    socklen_t size = sizeof any;
    const bool ready = setsockopt(descriptor_, IPPROTO_IP, IP_PKTINFO, &yes, sizeof yes) == 0 &&
                       bind(descriptor_, reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0 &&
                       getsockname(descriptor_, reinterpret_cast<sockaddr*>(&any), &size) == 0;
    if (!ready) {
        const int error = errno;
        close(descriptor_);
        errno = error;
        fail("UDP port");
    }
    port_ = ntohs(any.sin_port);
    prepare(*in_, in_headers_);
    prepare(*out_, out_headers_);
    received_.reserve(batch);
}

UdpSocket::~UdpSocket() { close(descriptor_); }

void UdpSocket::prepare(Slots& slots, Headers& headers) {
    for (std::size_t i = 0; i < batch; ++i) {
        Slot& slot = slots[i];
        slot.data = {slot.octets.data(), slot.octets.size()};
        msghdr& header = headers[i].msg_hdr;
        header.msg_name = &slot.peer;
        header.msg_namelen = sizeof slot.peer;
        header.msg_iov = &slot.data;
        header.msg_iovlen = 1;
        header.msg_control = slot.control.data();
        header.msg_controllen = slot.control.size();
    }
}

std::span<const UdpSocket::Received> UdpSocket::receive() {
    received_.clear();
    const int count = recvmmsg(descriptor_, in_headers_.data(), batch, MSG_DONTWAIT, nullptr);
    drained_ = count < static_cast<int>(batch);
    for (std::size_t i = 0; count > 0 && i < static_cast<std::size_t>(count); ++i) {
        msghdr& header = in_headers_[i].msg_hdr;
        Slot& slot = (*in_)[i];
        Received one;
        for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
            if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO) {
                in_pktinfo info{};
                std::memcpy(&info, CMSG_DATA(part), sizeof info);
                one.to = ntohl(info.ipi_addr.s_addr);
            }
        }
        one.from = {ntohl(slot.peer.sin_addr.s_addr), ntohs(slot.peer.sin_port)};
        one.datagram = Octets(slot.octets.data(), in_headers_[i].msg_len);
        header.msg_controllen = slot.control.size();
        header.msg_namelen = sizeof slot.peer;
        if (is_loopback(one.to) && is_loopback(one.from.address)) {
            received_.push_back(one);
        } else {
            ++foreign_;
        }
    }
    return received_;
}

void UdpSocket::transmit(std::uint32_t from, Peer to, Octets datagram) {
    if (!is_loopback(to.address)) {
        ++foreign_;
        return;
    }
    Slot& slot = (*out_)[queued_];
    slot.peer.sin_family = AF_INET;
    slot.peer.sin_port = htons(to.port);
    slot.peer.sin_addr.s_addr = htonl(to.address);
    std::copy(datagram.begin(), datagram.end(), slot.octets.begin());
    slot.data.iov_len = datagram.size();
    in_pktinfo info{};
    info.ipi_spec_dst.s_addr = htonl(from);
    cmsghdr* part = CMSG_FIRSTHDR(&out_headers_[queued_].msg_hdr);
    part->cmsg_level = IPPROTO_IP;
    part->cmsg_type = IP_PKTINFO;
    part->cmsg_len = CMSG_LEN(sizeof info);
    std::memcpy(CMSG_DATA(part), &info, sizeof info);
    if (++queued_ == batch) {
        flush();
    }
}

void UdpSocket::flush() {
    for (std::size_t sent = 0; sent < queued_;) {
        const int count =
            sendmmsg(descriptor_, &out_headers_[sent], static_cast<unsigned>(queued_ - sent), 0);
        if (count > 0) {
            sent += static_cast<std::size_t>(count);
        } else if (errno != EINTR) {
            // The first of the rest cannot be sent; a datagram may be lost, the others not.
            ++send_errors_;
            ++sent;
        }
    }
    queued_ = 0;
}

}  // namespace haas::bmcsim

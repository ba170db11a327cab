// One UDP socket for all addresses of 127.0.0.0/8, read and written in batches.  Whatever comes from or goes to another
// network is dropped and counted.  It knows no BMC.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include "tools/bmcsim/link.hpp"

namespace haas::bmcsim {

class UdpSocket final : public Wire {
public:
    // Port 0 takes any free one.  Throws std::system_error.
    explicit UdpSocket(std::uint16_t port);
    ~UdpSocket();
    UdpSocket(const UdpSocket&) = delete;
    UdpSocket& operator=(const UdpSocket&) = delete;

    int descriptor() const noexcept { return descriptor_; }
    std::uint16_t port() const noexcept { return port_; }

    // One datagram as it came, addresses in host byte order.
    struct Received {
        std::uint32_t to = 0;
        Peer from;
        Octets datagram;
    };
    // Up to `batch` datagrams, valid until the next call; fewer than `batch` slots used means that no more wait.
    std::span<const Received> receive();
    static constexpr std::size_t batch = 64;
    // Whether the last receive() left the socket empty.
    bool drained() const noexcept { return drained_; }

    // Queued until flush(), or until the queue is full.
    void transmit(std::uint32_t from, Peer to, Octets datagram) override;
    void flush();

    std::uint64_t foreign() const noexcept { return foreign_; }          // dropped: not of 127.0.0.0/8
    std::uint64_t send_errors() const noexcept { return send_errors_; }

private:
    // Room for one datagram and its packet information.
    struct Slot {
        sockaddr_in peer{};
        iovec data{};
        alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(sizeof(in_pktinfo))> control{};
        std::array<std::uint8_t, 1024> octets;  // NOLINT: filled by the kernel or by transmit()
    };
    using Slots = std::array<Slot, batch>;
    using Headers = std::array<mmsghdr, batch>;
    static void prepare(Slots& slots, Headers& headers);

    int descriptor_;
    std::uint16_t port_ = 0;
    bool drained_ = true;
    std::unique_ptr<Slots> in_;
    std::unique_ptr<Slots> out_;
    Headers in_headers_{};
    Headers out_headers_{};
    std::size_t queued_ = 0;
    std::vector<Received> received_;
    std::uint64_t foreign_ = 0;
    std::uint64_t send_errors_ = 0;
};

}  // namespace haas::bmcsim

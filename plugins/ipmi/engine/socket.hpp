// The UDP sockets that all BMCs share: one for IPv4, one for IPv6, both unconnected, never blocking.
// Knows addresses and bytes, nothing of IPMI.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "plugins/ipmi/engine/endpoint.hpp"

namespace haas::ipmi {

class Socket {
public:
    // Opens a socket of AF_INET or AF_INET6.  Where the system has no such family, error() says so and send() fails.
    explicit Socket(int family);
    ~Socket();
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    int descriptor() const noexcept { return descriptor_; }  // -1: not open
    int error() const noexcept { return error_; }

    // 0, or the errno of what the system says about the way there.  A full buffer is no error: datagrams get lost.
    int send(const Endpoint& to, std::span<const std::uint8_t> datagram) noexcept;

    struct Received {
        Endpoint from;
        std::span<std::uint8_t> datagram;  // valid until the next receive()
    };
    // What is there, up to one batch; empty when nothing is.  Datagrams larger than any BMC sends are cut: whoever
    // decodes them sees that.
    std::span<const Received> receive() noexcept;

private:
    // SOL data of 259 bytes with all that is around it is the longest that is expected.
    static constexpr std::size_t largest_datagram = 2048;
    static constexpr std::size_t batch = 32;
    struct Buffers;

    int descriptor_ = -1;
    int error_ = 0;
    std::unique_ptr<Buffers> buffers_;
};

}  // namespace haas::ipmi

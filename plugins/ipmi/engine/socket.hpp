// The UDP sockets that all BMCs share: one for IPv4, one for IPv6, both unconnected, never blocking.  Both ways go in
// batches, because a system call costs more than a datagram's cryptography.  Knows addresses and bytes, nothing of IPMI.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "plugins/ipmi/engine/endpoint.hpp"

namespace haas::ipmi {

class Socket {
public:
    // What of a datagram is lost when the kernel has no room for it: asks for a buffer that holds so many small ones.
    // Opens a socket of AF_INET or AF_INET6.  Where the system has no such family, error() says so and nothing is sent.
    Socket(int family, unsigned datagrams);
    ~Socket();
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    int descriptor() const noexcept { return descriptor_; }  // -1: not open
    int error() const noexcept { return error_; }
    // In the kernel's bookkeeping bytes.  `given` is less where the system's limit, net.core.rmem_max, is lower.
    struct Buffer {
        std::size_t wanted = 0;
        std::size_t given = 0;
    };
    const Buffer& receive_buffer() const noexcept { return receive_buffer_; }

    // Takes a copy; it goes out with flush().  False: there is no room, flush first.  `sender` is the caller's name for it.
    bool queue(const Endpoint& to, std::span<const std::uint8_t> datagram, void* sender) noexcept;
    bool has_queued() const noexcept { return queued_ != 0; }
    // Sends what is queued.  `unsendable` is told of each datagram to whose address there is no way, with the errno that
    // says why; it must not queue.  A full buffer is no error: what does not fit is lost, as on any other link of the way.
    using Unsendable = std::function<void(void* sender, const Endpoint& to, int error)>;
    void flush(const Unsendable& unsendable);

    struct Received {
        Endpoint from;
        std::span<std::uint8_t> datagram;  // valid until the next receive()
    };
    // What is there, up to one batch; empty when nothing is.  Datagrams larger than any BMC sends are cut: whoever
    // decodes them sees that.
    std::span<const Received> receive() noexcept;

    static constexpr std::size_t batch = 64;

private:
    // SOL data of 259 bytes with all that is around it is the longest that is expected, either way.
    static constexpr std::size_t largest_datagram = 1024;
    struct Buffers;

    int descriptor_ = -1;
    int error_ = 0;
    Buffer receive_buffer_;
    std::size_t queued_ = 0;
    std::unique_ptr<Buffers> buffers_;
};

}  // namespace haas::ipmi

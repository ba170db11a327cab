// The fake managed system on a real UDP socket of the loopback interface, served by a thread of its own.
#pragma once

#include <sys/socket.h>

#include <condition_variable>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "tests/plugins/ipmi/session/fake_bmc.hpp"
#include "tests/plugins/ipmi/sol/fake_sol.hpp"

namespace haas::ipmi {

class UdpBmc {
public:
    // `address` is "127.0.0.1" or "::1"; the system picks the port.
    explicit UdpBmc(BmcOptions options = {}, const std::string& address = "127.0.0.1");
    ~UdpBmc();
    UdpBmc(const UdpBmc&) = delete;
    UdpBmc& operator=(const UdpBmc&) = delete;

    // What the machine prints goes out with the next datagram that comes.
    template <class Look>
    auto with_sol(Look look) {
        const std::lock_guard lock(mutex_);
        return look(sol_);
    }
    // As a node's host: "127.0.0.1:40123".
    std::string host() const;
    std::uint16_t port() const noexcept { return port_; }

    // Looks at the fake, or changes it, between two datagrams.
    template <class Look>
    auto with(Look look) {
        const std::lock_guard lock(mutex_);
        return look(fake_);
    }
    // Waits until the fake is in that state; false: it has not been for ten seconds.
    template <class State>
    bool reaches(State state) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return state(fake_); });
    }
    // To whoever sent something last.
    void send(const Bytes& datagram);
    // Takes datagrams and answers none.
    void be_silent(bool silent);

private:
    void serve();

    int socket_ = -1;
    int family_;
    std::string address_;
    std::uint16_t port_ = 0;
    std::mutex mutex_;
    std::condition_variable changed_;
    void print();

    FakeSol sol_;
    FakeBmc fake_;
    sockaddr_storage from_{};
    socklen_t from_size_ = 0;
    bool silent_ = false;
    bool ended_ = false;
    std::thread thread_;
};

}  // namespace haas::ipmi

// The running simulator: one loop over the UDP socket, what waits for its time, the control socket and signals.
#pragma once

#include "tools/bmcsim/command_line.hpp"
#include "tools/bmcsim/control_socket.hpp"
#include "tools/bmcsim/link.hpp"
#include "tools/bmcsim/report.hpp"
#include "tools/bmcsim/udp_socket.hpp"

namespace haas::bmcsim {

class Simulator {
public:
    // Opens its sockets and blocks SIGINT, SIGTERM and SIGUSR1, which it reads itself.  Throws std::system_error and
    // std::invalid_argument.
    explicit Simulator(CommandLine command_line);
    ~Simulator();
    Simulator(const Simulator&) = delete;
    Simulator& operator=(const Simulator&) = delete;

    // "haas-bmcsim: 100 BMCs on 127.1.0.1 to 127.1.0.100, port 6230"
    std::string ready_line() const;
    // Until SIGINT or SIGTERM; false when the counters could not be written.
    bool run();
    // One line of the control socket.
    std::string answer(std::string_view line);

private:
    std::string answer_words(const std::vector<std::string_view>& words);
    std::uint32_t number_of(std::string_view word) const;
    void wait();
    void receive();
    void read_signals();
    void write_counters();
    SocketCounts socket_counts() const noexcept;

    CommandLine command_line_;
    Crypto crypto_;
    UdpSocket socket_;
    Fleet fleet_;
    Link link_;
    int signals_;
    std::optional<ControlSocket> control_;
    std::vector<pollfd> polled_;
    std::uint64_t unknown_address_ = 0;
    bool more_waits_ = false;
    bool stopping_ = false;
    bool written_ = true;
};

}  // namespace haas::bmcsim

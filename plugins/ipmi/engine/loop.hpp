// The engine's thread and all that lives on it.  Private to engine.cpp (what other threads ask of it) and loop.cpp (what
// it does by itself).
#pragma once

#include <array>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <variant>
#include <vector>

#include "plugins/ipmi/engine/engine.hpp"
#include "plugins/ipmi/engine/handshakes.hpp"
#include "plugins/ipmi/engine/socket.hpp"

namespace haas::ipmi {

class Engine::Loop final : private Surroundings {
public:
    struct Newcomer {
        Target target;
        std::unique_ptr<Observer> observer;
    };
    // Small, because ten thousand may come at once.
    struct Attach {
        std::uint64_t node;
        std::unique_ptr<Newcomer> newcomer;
    };
    struct Detach {
        std::uint64_t node;
    };
    struct Submit {
        std::unique_ptr<Operation> operation;
    };
    struct Cancel {
        std::uint64_t node;
        std::uint64_t operation;
    };
    struct Stop {
        std::unique_ptr<std::function<void()>> stopped;
        Time deadline;
    };
    struct Resolved {
        std::unique_ptr<Resolution> resolution;
    };
    struct End {};
    using Message = std::variant<Attach, Detach, Submit, Cancel, Stop, Resolved, End>;

    explicit Loop(const Options& options);
    ~Loop();

    // [any thread]
    void post(Message message);
    const Socket& ipv4() const noexcept { return ipv4_; }

private:
    // Of host, account and policy: nodes with the same are one Bmc.  A MAC, so that it tells nothing about the password.
    using Key = std::array<std::uint8_t, 16>;
    struct KeyHash {
        std::size_t operator()(const Key& key) const noexcept;
    };

    // A BMC, and the nodes that are it.
    struct Shared final : Bmc {
        using Bmc::Bmc;
        Key key{};
        std::uint64_t question = 0;  // the last one asked for it; 0: none
        std::vector<std::uint64_t> nodes;
    };
    struct Node {
        Shared* bmc;
        std::unique_ptr<Observer> observer;
    };
    struct Unsendable {
        Bmc* sender;
        Endpoint to;
        int error;
    };

    // engine.cpp
    void handle(Attach& message);
    void handle(Detach& message);
    void handle(Submit& message);
    void handle(Cancel& message);
    void handle(Stop& message);
    void handle(Resolved& message);
    void handle(End& message);
    Key key_of(const Target& target);

    // loop.cpp
    void run();
    void sleep();
    void look();
    void receive(Socket& socket);
    void keep_up();
    void ring_alarms();
    void grant_turns();
    void grant(Bmc& bmc);
    void let_go_ahead();
    void take_messages();
    void flush(Socket& socket);
    void tell_unsendable();
    void retire(Shared& bmc);
    void retire_quiet();
    void finish_stop();
    void end();

    void send(const Endpoint& to, ByteView datagram, Bmc& sender) override;
    Bytes& buffer() override { return buffer_; }
    void resolve(Bmc& bmc) override;
    void await_handshake(Bmc& bmc) override;
    void handshake_over(Bmc& bmc) override;
    void give_way(Bmc& bmc) override;
    Peer& peer(const Endpoint& endpoint) override;
    void forget(Peer& peer) override;
    bool route(std::uint32_t console_id, Bmc& bmc) override;
    void unroute(std::uint32_t console_id) override;
    void learnt(Bmc& bmc, const Facts& facts) override;
    void set_alarm(Bmc& bmc, std::optional<Time> when) override;
    Random& random() override { return random_; }

    const Options options_;
    SystemRandom random_;
    std::array<std::uint8_t, 32> key_of_keys_{};
    Socket ipv4_;
    Socket ipv6_;
    Schedule schedule_;
    Time now_{};  // when the loop last looked
    Bytes buffer_;

    std::unordered_map<Key, std::unique_ptr<Shared>, KeyHash> bmcs_;
    std::unordered_map<std::uint64_t, Node> nodes_;
    std::unordered_map<Endpoint, Peer, EndpointHash> peers_;
    std::unordered_map<std::uint32_t, Bmc*> by_console_id_;
    std::unordered_map<std::uint64_t, Shared*> questions_;
    std::uint64_t last_question_ = 0;
    Handshakes handshakes_;
    Stragglers slow_;
    std::vector<Unsendable> unsendable_;
    std::vector<Key> leaving_;  // BMCs that may be nobody's any more
    unsigned handled_ = 0;      // since the sockets were last read
    Time quick_until_{};        // until then those that are slow give way to those that are not; a lull ends it
    bool lull_ = false;         // nobody has asked or answered anything while the loop slept, and that was long enough
    std::function<void()> stopped_;
    Time stop_by_{};
    bool stopping_ = false;
    bool ended_ = false;

    int wake_descriptor_ = -1;
    std::mutex inbox_mutex_;  // nothing else is locked while it is held
    std::vector<Message> inbox_;
    std::unique_ptr<Resolver> resolver_;
    std::thread thread_;
};

}  // namespace haas::ipmi

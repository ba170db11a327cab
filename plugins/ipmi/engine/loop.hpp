// The engine's thread and all that lives on it.  Private to engine.cpp.
#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "plugins/ipmi/engine/engine.hpp"
#include "plugins/ipmi/engine/socket.hpp"

namespace haas::ipmi {

class Engine::Loop final : private Surroundings {
public:
    struct Attach {
        std::uint64_t node;
        Target target;
        std::unique_ptr<Observer> observer;
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
        std::function<void()> stopped;
    };
    struct End {};
    using Message = std::variant<Attach, Detach, Submit, Cancel, Stop, Resolution, End>;

    explicit Loop(const Options& options);
    ~Loop();

    // [any thread]
    void post(Message message);

private:
    // A BMC, and the nodes that are it.
    struct Shared final : Bmc {
        using Bmc::Bmc;
        std::string key;
        std::vector<std::uint64_t> nodes;
        std::uint64_t question = 0;  // the last one asked for it; 0: none
    };
    struct Node {
        Shared* bmc;
        std::unique_ptr<Observer> observer;
    };

    void run();
    void sleep();
    void receive(Socket& socket);
    void ring_alarms();
    void grant_turns();
    void take_messages();
    void finish_stop();
    void end();
    std::string key_of(const Target& target);
    void retire(Shared& bmc);

    void handle(Attach& message);
    void handle(Detach& message);
    void handle(Submit& message);
    void handle(Cancel& message);
    void handle(Stop& message);
    void handle(Resolution& message);
    void handle(End& message);

    int send(const Endpoint& to, ByteView datagram) override;
    void resolve(Bmc& bmc) override;
    void await_handshake(Bmc& bmc) override;
    void handshake_over(Bmc& bmc) override;
    bool route(std::uint32_t console_id, const Endpoint& from, Bmc& bmc) override;
    void unroute(std::uint32_t console_id, const Endpoint& from) override;
    void learnt(Bmc& bmc, const Facts& facts) override;
    void set_alarm(Bmc& bmc, std::optional<Time> when) override;
    Random& random() override { return random_; }

    Options options_;
    SystemRandom random_;
    std::array<std::uint8_t, 32> key_of_keys_{};
    Socket ipv4_;
    Socket ipv6_;
    Schedule schedule_;
    Time now_{};  // when the loop last looked

    std::unordered_map<std::string, std::unique_ptr<Shared>> bmcs_;
    std::unordered_map<std::uint64_t, Node> nodes_;
    std::unordered_map<std::uint32_t, Bmc*> by_console_id_;
    std::unordered_map<Endpoint, Bmc*, EndpointHash> by_source_;
    std::unordered_map<std::uint64_t, Shared*> questions_;
    std::uint64_t last_question_ = 0;
    std::deque<Bmc*> line_;               // may hold some that have left it
    std::unordered_set<Bmc*> in_line_;
    std::unordered_set<Bmc*> shaking_hands_;
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

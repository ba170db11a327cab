// What other threads ask of the engine, and what its own makes of it.
#include "plugins/ipmi/engine/engine.hpp"

#include <algorithm>

#include "plugins/ipmi/crypto/hmac.hpp"
#include "plugins/ipmi/engine/loop.hpp"

namespace haas::ipmi {
namespace {

void turn_away(Operation& operation) {
    Outcome outcome;
    outcome.kind = Outcome::Kind::cancelled;
    outcome.sentence = "given up before it was sent: the driver is stopping";
    operation.complete(outcome);
}

std::span<const std::uint8_t> bytes_of(const std::string& text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

Engine::Engine(const Options& options) : loop_(std::make_unique<Loop>(options)) {}

Engine::~Engine() = default;

void Engine::attach(std::uint64_t node, Target target, std::unique_ptr<Observer> observer) {
    auto newcomer = std::make_unique<Loop::Newcomer>(Loop::Newcomer{std::move(target), std::move(observer)});
    loop_->post(Loop::Attach{node, std::move(newcomer)});
}

void Engine::detach(std::uint64_t node) { loop_->post(Loop::Detach{node}); }

void Engine::submit(std::unique_ptr<Operation> operation) { loop_->post(Loop::Submit{std::move(operation)}); }

void Engine::cancel(std::uint64_t node, std::uint64_t operation) { loop_->post(Loop::Cancel{node, operation}); }

void Engine::stop(std::function<void()> stopped, Time deadline) {
    loop_->post(Loop::Stop{std::make_unique<std::function<void()>>(std::move(stopped)), deadline});
}

Engine::Room Engine::room() const {
    const Socket::Buffer& buffer = loop_->ipv4().receive_buffer();
    return {buffer.wanted, buffer.given};
}

void Engine::Loop::handle(Attach& message) {
    Newcomer& newcomer = *message.newcomer;
    const Key key = key_of(newcomer.target);
    std::unique_ptr<Shared>& bmc = bmcs_[key];
    if (!bmc) {
        auto& surroundings = static_cast<Surroundings&>(*this);
        bmc = std::make_unique<Shared>(surroundings, std::move(newcomer.target), options_.patience);
        bmc->key = key;
    }
    bmc->nodes.push_back(message.node);
    if (const auto facts = bmc->facts()) newcomer.observer->learnt(*facts);
    nodes_[message.node] = Node{bmc.get(), std::move(newcomer.observer)};
}

void Engine::Loop::handle(Detach& message) {
    const auto node = nodes_.find(message.node);
    if (node == nodes_.end()) return;
    Shared& bmc = *node->second.bmc;
    bmc.cancel_all_of(message.node, now_);
    nodes_.erase(node);
    std::erase(bmc.nodes, message.node);
    if (bmc.nodes.empty()) bmc.close(now_);
    retire(bmc);
}

void Engine::Loop::handle(Submit& message) {
    const auto node = nodes_.find(message.operation->node());
    if (stopping_ || node == nodes_.end()) {
        turn_away(*message.operation);
    } else {
        Shared& bmc = *node->second.bmc;
        if (!bmc.is_slow()) quick_until_ = now_ + options_.patience.give_way;
        bmc.submit(std::move(message.operation), now_);
    }
}

void Engine::Loop::handle(Cancel& message) {
    const auto node = nodes_.find(message.node);
    if (node != nodes_.end()) node->second.bmc->cancel(message.operation, now_);
}

void Engine::Loop::handle(Stop& message) {
    stopping_ = true;
    stopped_ = std::move(*message.stopped);
    // So that the host hears of it before its own patience ends.
    constexpr Duration to_tell = std::chrono::milliseconds(100);
    stop_by_ = std::min(now_ + options_.farewell, message.deadline - to_tell);
    // The first BMCs answer while the last ones are told.
    for (auto& [key, bmc] : bmcs_) {
        bmc->close(now_);
        keep_up();
    }
}

void Engine::Loop::handle(Resolved& message) {
    const auto asked = questions_.find(message.resolution->question);
    if (asked == questions_.end()) return;
    Shared& bmc = *asked->second;
    questions_.erase(asked);
    bmc.question = 0;
    bmc.resolved(*message.resolution, now_);
    retire(bmc);
}

void Engine::Loop::handle(End&) { ended_ = true; }

// The key of the MAC lives as long as this process.
Engine::Loop::Key Engine::Loop::key_of(const Target& target) {
    std::string name = target.host.name;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    const LoginPolicy& policy = target.policy;
    const int first_suite = target.first_suite ? static_cast<int>(*target.first_suite) : 0;
    std::string clear = name + ' ' + std::to_string(target.host.port) + ' ' + std::to_string(first_suite) + ' ' +
                        std::to_string(static_cast<int>(policy.privilege)) + ' ' + policy.quirks.names() + ' ';
    clear += policy.name_only_lookup ? 'n' : '-';
    clear += policy.allow_suite_3 ? '3' : '-';
    if (target.spacing) clear += std::to_string(target.spacing->count());
    const Credentials& who = target.credentials;
    const std::array<std::uint8_t, 3> sizes{static_cast<std::uint8_t>(who.user().size()),
                                            static_cast<std::uint8_t>(who.kuid().size()),
                                            static_cast<std::uint8_t>(who.kg_is_set())};
    const Digest digest =
        hmac(Hash::sha256, key_of_keys_, {sizes, who.user(), who.kuid(), who.sik_key(), bytes_of(clear)});
    Key key{};
    std::copy_n(digest.view().begin(), key.size(), key.begin());
    return key;
}

// Takes what has come since, and ends: all BMCs are told, nobody is waited for.
void Engine::Loop::end() {
    for (auto& [key, bmc] : bmcs_) bmc->close(now_);
    flush(ipv4_);
    flush(ipv6_);
    const std::lock_guard lock(inbox_mutex_);
    for (Message& message : inbox_) {
        if (auto* submit = std::get_if<Submit>(&message)) turn_away(*submit->operation);
    }
}

}  // namespace haas::ipmi

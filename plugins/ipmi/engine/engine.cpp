#include "plugins/ipmi/engine/engine.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "plugins/ipmi/crypto/hmac.hpp"
#include "plugins/ipmi/engine/loop.hpp"
#include "plugins/ipmi/engine/thread.hpp"

namespace haas::ipmi {
namespace {

Time look_at_clock() { return std::chrono::steady_clock::now(); }

// How many batches of one socket are read before the rest of the loop has its turn.
constexpr int most_batches = 512;

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
    loop_->post(Loop::Attach{node, std::move(target), std::move(observer)});
}

void Engine::detach(std::uint64_t node) { loop_->post(Loop::Detach{node}); }

void Engine::submit(std::unique_ptr<Operation> operation) { loop_->post(Loop::Submit{std::move(operation)}); }

void Engine::cancel(std::uint64_t node, std::uint64_t operation) { loop_->post(Loop::Cancel{node, operation}); }

void Engine::stop(std::function<void()> stopped) { loop_->post(Loop::Stop{std::move(stopped)}); }

// ---- The thread -----------------------------------------------------------------------------------------------------

Engine::Loop::Loop(const Options& options) : options_(options), ipv4_(AF_INET), ipv6_(AF_INET6) {
    random_.fill(key_of_keys_);
    wake_descriptor_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake_descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    resolver_ = std::make_unique<Resolver>([this](Resolution resolution) { post(std::move(resolution)); });
    thread_ = start_thread("ipmi-engine", [this] { run(); });
}

Engine::Loop::~Loop() {
    post(End{});
    thread_.join();
    resolver_.reset();
    ::close(wake_descriptor_);
}

void Engine::Loop::post(Message message) {
    bool first = false;
    {
        const std::lock_guard lock(inbox_mutex_);
        first = inbox_.empty();
        inbox_.push_back(std::move(message));
    }
    const std::uint64_t one = 1;
    // It only fails when the counter is full, and then the loop wakes up all the same.
    if (first) static_cast<void>(!::write(wake_descriptor_, &one, sizeof one));
}

void Engine::Loop::run() {
    while (!ended_) {
        sleep();
        now_ = look_at_clock();
        // Before the alarms: what was answered already must not be sent again.
        receive(ipv4_);
        receive(ipv6_);
        take_messages();
        ring_alarms();
        grant_turns();
        finish_stop();
    }
    end();
}

// Until something is there to do.
void Engine::Loop::sleep() {
    std::optional<Time> until = schedule_.next();
    if (stopping_ && stopped_ && (!until || stop_by_ < *until)) until = stop_by_;
    timespec wait{};
    if (until) {
        const auto left = std::max(std::chrono::nanoseconds(0), std::chrono::nanoseconds(*until - look_at_clock()));
        const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
        wait.tv_sec = static_cast<time_t>(seconds.count());
        wait.tv_nsec = static_cast<long>((left - seconds).count());
    }
    // A descriptor of -1 is passed over.
    std::array<pollfd, 3> descriptors{{{wake_descriptor_, POLLIN, 0},
                                       {ipv4_.descriptor(), POLLIN, 0},
                                       {ipv6_.descriptor(), POLLIN, 0}}};
    static_cast<void>(ppoll(descriptors.data(), descriptors.size(), until ? &wait : nullptr, nullptr));
    std::uint64_t count = 0;
    if ((descriptors[0].revents & POLLIN) != 0) static_cast<void>(!::read(wake_descriptor_, &count, sizeof count));
}

void Engine::Loop::receive(Socket& socket) {
    for (int round = 0; round < most_batches; ++round) {
        const auto received = socket.receive();
        if (received.empty()) return;
        for (const Socket::Received& one : received) {
            const auto id = console_session_id(one.datagram);
            if (!id) continue;
            Bmc* bmc = nullptr;
            if (const auto known = by_console_id_.find(*id); known != by_console_id_.end()) {
                bmc = known->second;
            } else if (const auto source = by_source_.find(one.from); *id == 0 && source != by_source_.end()) {
                bmc = source->second;
            }
            if (bmc == nullptr) continue;
            bmc->receive(one.from, one.datagram, now_);
            retire(static_cast<Shared&>(*bmc));
        }
    }
}

void Engine::Loop::ring_alarms() {
    while (Alarm* const due = schedule_.pop_due(now_)) {
        auto& bmc = static_cast<Shared&>(static_cast<Bmc&>(*due));
        bmc.wake(now_);
        retire(bmc);
    }
}

void Engine::Loop::grant_turns() {
    while (shaking_hands_.size() < options_.handshakes && !line_.empty()) {
        Bmc* const next = line_.front();
        line_.pop_front();
        if (in_line_.erase(next) == 0) continue;
        shaking_hands_.insert(next);
        next->handshake_granted(now_);
        retire(static_cast<Shared&>(*next));
    }
}

void Engine::Loop::take_messages() {
    std::vector<Message> messages;
    {
        const std::lock_guard lock(inbox_mutex_);
        messages.swap(inbox_);
    }
    for (Message& message : messages) {
        std::visit([this](auto& one) { handle(one); }, message);
    }
}

void Engine::Loop::finish_stop() {
    if (!stopping_ || !stopped_ || (!by_console_id_.empty() && now_ < stop_by_)) return;
    // After this no BMC has a session that it was not told to close.
    std::exchange(stopped_, nullptr)();
}

void Engine::Loop::end() {
    for (auto& [key, bmc] : bmcs_) bmc->close(now_);
    const std::lock_guard lock(inbox_mutex_);
    for (Message& message : inbox_) {
        if (auto* submit = std::get_if<Submit>(&message)) turn_away(*submit->operation);
    }
}

// ---- Messages -------------------------------------------------------------------------------------------------------

void Engine::Loop::handle(Attach& message) {
    const std::string key = key_of(message.target);
    std::unique_ptr<Shared>& bmc = bmcs_[key];
    if (!bmc) {
        bmc = std::make_unique<Shared>(static_cast<Surroundings&>(*this), std::move(message.target), options_.patience);
        bmc->key = key;
    }
    bmc->nodes.push_back(message.node);
    if (bmc->facts()) message.observer->learnt(*bmc->facts());
    nodes_[message.node] = Node{bmc.get(), std::move(message.observer)};
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
        node->second.bmc->submit(std::move(message.operation), now_);
    }
}

void Engine::Loop::handle(Cancel& message) {
    const auto node = nodes_.find(message.node);
    if (node != nodes_.end()) node->second.bmc->cancel(message.operation, now_);
}

void Engine::Loop::handle(Stop& message) {
    stopping_ = true;
    stopped_ = std::move(message.stopped);
    stop_by_ = now_ + options_.farewell;
    for (auto& [key, bmc] : bmcs_) bmc->close(now_);
}

void Engine::Loop::handle(Resolution& message) {
    const auto asked = questions_.find(message.question);
    if (asked == questions_.end()) return;
    Shared& bmc = *asked->second;
    questions_.erase(asked);
    bmc.question = 0;
    bmc.resolved(message, now_);
    retire(bmc);
}

void Engine::Loop::handle(End&) { ended_ = true; }

// Secrets are compared through a MAC whose key lives as long as this process, so that the map holds none.
std::string Engine::Loop::key_of(const Target& target) {
    std::string name = target.host.name;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    const LoginPolicy& policy = target.policy;
    const int first_suite = target.first_suite ? static_cast<int>(*target.first_suite) : 0;
    std::string clear = name + ' ' + std::to_string(target.host.port) + ' ' + std::to_string(first_suite) + ' ' +
                        std::to_string(static_cast<int>(policy.privilege));
    clear += policy.name_only_lookup ? 'n' : '-';
    clear += policy.allow_suite_3 ? '3' : '-';
    const Credentials& who = target.credentials;
    const std::array<std::uint8_t, 3> sizes{static_cast<std::uint8_t>(who.user().size()),
                                            static_cast<std::uint8_t>(who.kuid().size()),
                                            static_cast<std::uint8_t>(who.kg_is_set())};
    const Digest digest =
        hmac(Hash::sha256, key_of_keys_, {sizes, who.user(), who.kuid(), who.sik_key(), bytes_of(clear)});
    return {reinterpret_cast<const char*>(digest.view().data()), digest.view().size()};
}

// Forgets a BMC that no node is any more, once its session is closed.
void Engine::Loop::retire(Shared& bmc) {
    if (!bmc.nodes.empty() || !bmc.quiet()) return;
    schedule_.set(bmc, std::nullopt);
    questions_.erase(bmc.question);
    in_line_.erase(&bmc);
    const std::string key = bmc.key;
    bmcs_.erase(key);
}

// ---- What a BMC asks for --------------------------------------------------------------------------------------------

int Engine::Loop::send(const Endpoint& to, ByteView datagram) {
    return (to.family() == AF_INET6 ? ipv6_ : ipv4_).send(to, datagram);
}

void Engine::Loop::resolve(Bmc& bmc) {
    auto& asking = static_cast<Shared&>(bmc);
    questions_.erase(asking.question);
    asking.question = ++last_question_;
    questions_[asking.question] = &asking;
    resolver_->resolve(asking.question, bmc.host());
}

// The turn itself comes from the loop: a BMC that gives it back at once must not stack up calls.
void Engine::Loop::await_handshake(Bmc& bmc) {
    if (in_line_.insert(&bmc).second) line_.push_back(&bmc);
}

void Engine::Loop::handshake_over(Bmc& bmc) {
    in_line_.erase(&bmc);
    shaking_hands_.erase(&bmc);
}

bool Engine::Loop::route(std::uint32_t console_id, const Endpoint& from, Bmc& bmc) {
    if (!by_console_id_.emplace(console_id, &bmc).second) return false;
    by_source_[from] = &bmc;
    return true;
}

void Engine::Loop::unroute(std::uint32_t console_id, const Endpoint& from) {
    const auto known = by_console_id_.find(console_id);
    if (known == by_console_id_.end()) return;
    const auto source = by_source_.find(from);
    if (source != by_source_.end() && source->second == known->second) by_source_.erase(source);
    by_console_id_.erase(known);
}

void Engine::Loop::learnt(Bmc& bmc, const Facts& facts) {
    for (const std::uint64_t node : static_cast<Shared&>(bmc).nodes) nodes_.at(node).observer->learnt(facts);
}

void Engine::Loop::set_alarm(Bmc& bmc, std::optional<Time> when) { schedule_.set(bmc, when); }

}  // namespace haas::ipmi

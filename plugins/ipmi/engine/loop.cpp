// The engine's thread: when it sleeps, what it looks at in which order, and what it does for its BMCs.
#include "plugins/ipmi/engine/loop.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "plugins/ipmi/engine/thread.hpp"

namespace haas::ipmi {
namespace {

Time look_at_clock() { return std::chrono::steady_clock::now(); }

// How many batches of one socket are read before the rest of the loop has its turn.
constexpr int most_batches = 256;
// After so many messages, alarms or turns the sockets are read again: what ten thousand BMCs answer at once must not
// outgrow the receive buffer while the last of them are still being asked.
constexpr unsigned most_between_looks = 128;
// So many of those that were silent the last time, or slow, have their turn, and then the loop looks around again.
constexpr unsigned most_silent = 16;
constexpr unsigned most_slow = 128;

}  // namespace

std::size_t Engine::Loop::KeyHash::operator()(const Key& key) const noexcept {
    std::size_t hash = 0;
    std::memcpy(&hash, key.data(), sizeof hash);
    return hash;
}

Engine::Loop::Loop(const Options& options)
    : options_(options), ipv4_(AF_INET, options.handshakes * 2), ipv6_(AF_INET6, options.handshakes * 2),
      handshakes_(options.handshakes, options.patience.give_way), slow_(options.patience.give_way) {
    random_.fill(key_of_keys_);
    wake_descriptor_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake_descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    resolver_ = std::make_unique<Resolver>([this](Resolution resolution) {
        post(Resolved{std::make_unique<Resolution>(std::move(resolution))});
    });
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
        // Before the alarms: what was answered already must not be sent again.
        look();
        take_messages();
        ring_alarms();
        grant_turns();
        let_go_ahead();
        flush(ipv4_);
        flush(ipv6_);
        tell_unsendable();
        retire_quiet();
        finish_stop();
    }
    end();
}

// Until something is there to do.
void Engine::Loop::sleep() {
    std::optional<Time> until = schedule_.next();
    const auto by = [&until](Time moment) { until = until ? std::min(*until, moment) : moment; };
    if (stopping_ && stopped_) by(stop_by_);
    if (!slow_.empty()) by(quick_until_);
    const Time begin = look_at_clock();
    // It lined up after the turns were granted.
    if (handshakes_.has_next()) by(begin);
    if (handshakes_.wants_lull() || !slow_.empty()) by(begin + options_.patience.lull);
    timespec wait{};
    if (until) {
        const auto left = std::max(std::chrono::nanoseconds(0), std::chrono::nanoseconds(*until - begin));
        const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
        wait.tv_sec = static_cast<time_t>(seconds.count());
        wait.tv_nsec = static_cast<long>((left - seconds).count());
    }
    // A descriptor of -1 is passed over.
    std::array<pollfd, 3> descriptors{{{wake_descriptor_, POLLIN, 0},
                                       {ipv4_.descriptor(), POLLIN, 0},
                                       {ipv6_.descriptor(), POLLIN, 0}}};
    const bool quiet = ppoll(descriptors.data(), descriptors.size(), until ? &wait : nullptr, nullptr) == 0;
    lull_ = quiet && look_at_clock() >= begin + options_.patience.lull;
    if (lull_) quick_until_ = Time{};
    std::uint64_t count = 0;
    if ((descriptors[0].revents & POLLIN) != 0) static_cast<void>(!::read(wake_descriptor_, &count, sizeof count));
}

void Engine::Loop::look() {
    now_ = look_at_clock();
    handled_ = 0;
    receive(ipv4_);
    receive(ipv6_);
}

// Between the parts of long work.
void Engine::Loop::keep_up() {
    if (++handled_ < most_between_looks) return;
    flush(ipv4_);
    flush(ipv6_);
    look();
}

void Engine::Loop::receive(Socket& socket) {
    for (int round = 0; round < most_batches; ++round) {
        const auto received = socket.receive();
        for (const Socket::Received& one : received) {
            const auto id = console_session_id(one.datagram);
            if (!id) continue;
            Bmc* bmc = nullptr;
            if (const auto known = by_console_id_.find(*id); known != by_console_id_.end()) {
                bmc = known->second;
            } else if (const auto source = peers_.find(one.from); *id == 0 && source != peers_.end()) {
                bmc = source->second.holder();
            }
            if (bmc == nullptr) continue;
            bmc->receive(one.from, one.datagram, now_);
            retire(static_cast<Shared&>(*bmc));
        }
        // A batch that is not full was the last.
        if (received.size() < Socket::batch) return;
    }
}

void Engine::Loop::ring_alarms() {
    while (Alarm* const due = schedule_.pop_due(now_)) {
        auto& bmc = static_cast<Shared&>(static_cast<Bmc&>(*due));
        bmc.wake(now_);
        retire(bmc);
        keep_up();
    }
}

void Engine::Loop::grant_turns() {
    while (Bmc* const next = handshakes_.next()) grant(*next);
    for (unsigned i = 0; i < most_silent; ++i) {
        Bmc* const next = handshakes_.next_silent(now_, lull_);
        if (next == nullptr) return;
        grant(*next);
    }
}

void Engine::Loop::grant(Bmc& bmc) {
    bmc.handshake_granted(now_);
    retire(static_cast<Shared&>(bmc));
    keep_up();
}

void Engine::Loop::let_go_ahead() {
    for (unsigned i = 0; i < most_slow; ++i) {
        Bmc* const next = slow_.next(now_, now_ >= quick_until_);
        if (next == nullptr) return;
        next->go_ahead(now_);
        retire(static_cast<Shared&>(*next));
        keep_up();
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
        keep_up();
    }
}

void Engine::Loop::finish_stop() {
    if (!stopping_ || !stopped_ || (!by_console_id_.empty() && now_ < stop_by_)) return;
    // After this no BMC has a session that it was not told to close.
    std::exchange(stopped_, nullptr)();
}

void Engine::Loop::flush(Socket& socket) {
    if (!socket.has_queued()) return;
    // In the middle of what a BMC does it cannot be told: that comes when the loop has its turn.
    socket.flush([this](void* sender, const Endpoint& to, int error) {
        unsendable_.push_back({static_cast<Bmc*>(sender), to, error});
    });
}

void Engine::Loop::tell_unsendable() {
    const std::vector<Unsendable> all = std::exchange(unsendable_, {});
    for (const Unsendable& one : all) {
        one.sender->unsendable(one.to, one.error, now_);
        retire(static_cast<Shared&>(*one.sender));
    }
}

// A BMC that no node is any more is forgotten, once its session is closed: not before the end of this round, for it may
// be mentioned in many places until then.
void Engine::Loop::retire(Shared& bmc) {
    if (bmc.nodes.empty() && bmc.quiet()) leaving_.push_back(bmc.key);
}

void Engine::Loop::retire_quiet() {
    if (leaving_.empty()) return;
    const std::vector<Key> all = std::exchange(leaving_, {});
    // Nothing that is still to be sent may name one that is gone.
    flush(ipv4_);
    flush(ipv6_);
    for (const Key& key : all) {
        const auto found = bmcs_.find(key);
        if (found == bmcs_.end()) continue;
        Shared& bmc = *found->second;
        if (!bmc.nodes.empty() || !bmc.quiet()) continue;
        schedule_.set(bmc, std::nullopt);
        questions_.erase(bmc.question);
        handshake_over(bmc);
        slow_.leave(bmc);
        std::erase_if(unsendable_, [&bmc](const Unsendable& one) { return one.sender == &bmc; });
        bmcs_.erase(found);
    }
}

// ---- What a BMC asks for --------------------------------------------------------------------------------------------

void Engine::Loop::send(const Endpoint& to, ByteView datagram, Bmc& sender) {
    Socket& socket = to.family() == AF_INET6 ? ipv6_ : ipv4_;
    if (socket.queue(to, datagram, &sender)) return;
    flush(socket);
    socket.queue(to, datagram, &sender);
}

void Engine::Loop::resolve(Bmc& bmc) {
    auto& asking = static_cast<Shared&>(bmc);
    questions_.erase(asking.question);
    asking.question = ++last_question_;
    questions_[asking.question] = &asking;
    resolver_->resolve(asking.question, bmc.host());
}

// The turn itself comes from the loop: a BMC that gives it back at once must not stack up calls.
void Engine::Loop::await_handshake(Bmc& bmc) { handshakes_.await(bmc, bmc.was_silent(), now_); }

void Engine::Loop::handshake_over(Bmc& bmc) { handshakes_.over(bmc); }

void Engine::Loop::give_way(Bmc& bmc) { slow_.await(bmc, now_); }

Peer& Engine::Loop::peer(const Endpoint& endpoint) { return peers_.try_emplace(endpoint, endpoint).first->second; }

void Engine::Loop::forget(Peer& peer) {
    const Endpoint endpoint = peer.endpoint();
    peers_.erase(endpoint);
}

bool Engine::Loop::route(std::uint32_t console_id, Bmc& bmc) { return by_console_id_.emplace(console_id, &bmc).second; }

void Engine::Loop::unroute(std::uint32_t console_id) { by_console_id_.erase(console_id); }

void Engine::Loop::learnt(Bmc& bmc, const Facts& facts) {
    for (const std::uint64_t node : static_cast<Shared&>(bmc).nodes) nodes_.at(node).observer->learnt(facts);
}

void Engine::Loop::set_alarm(Bmc& bmc, std::optional<Time> when) { schedule_.set(bmc, when); }

}  // namespace haas::ipmi

#include "plugins/ipmi/engine/resolver.hpp"

#include <netdb.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>

#include "plugins/ipmi/engine/thread.hpp"

namespace haas::ipmi {
namespace {

// More than one, so that a name whose server is silent delays few others.
constexpr unsigned most_threads = 8;

Resolution look_up(std::uint64_t question, const HostName& host) {
    Resolution resolution{question, {}, {}};
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_DGRAM;
    hints.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG;
    addrinfo* found = nullptr;
    const int error = getaddrinfo(host.name.c_str(), std::to_string(host.port).c_str(), &hints, &found);
    if (error != 0) {
        resolution.error = error == EAI_SYSTEM ? std::strerror(errno) : gai_strerror(error);
        return resolution;
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, freeaddrinfo);
    for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
        Endpoint endpoint;
        if (one->ai_addrlen > sizeof endpoint.address) continue;
        std::memcpy(&endpoint.address, one->ai_addr, one->ai_addrlen);
        endpoint.size = one->ai_addrlen;
        endpoint = without_mapping(endpoint);
        const auto& known = resolution.endpoints;
        if (std::find(known.begin(), known.end(), endpoint) == known.end()) resolution.endpoints.push_back(endpoint);
    }
    if (resolution.endpoints.empty()) resolution.error = "the name has no address";
    return resolution;
}

}  // namespace

// Outlives the resolver as long as a thread is inside getaddrinfo.
struct Resolver::Shared {
    struct Question {
        std::uint64_t number;
        HostName host;
    };

    std::mutex mutex;  // taken before the lock of whatever `deliver` leads to
    std::condition_variable asked;
    std::deque<Question> questions;
    std::function<void(Resolution)> deliver;
    unsigned threads = 0;
    unsigned idle = 0;
    bool ended = false;
};

Resolver::Resolver(std::function<void(Resolution)> deliver) : shared_(std::make_shared<Shared>()) {
    shared_->deliver = std::move(deliver);
}

Resolver::~Resolver() {
    const std::lock_guard lock(shared_->mutex);
    shared_->ended = true;
    shared_->asked.notify_all();
}

void Resolver::resolve(std::uint64_t question, const HostName& host) {
    const std::lock_guard lock(shared_->mutex);
    shared_->questions.push_back({question, host});
    if (shared_->idle < shared_->questions.size() && shared_->threads < most_threads) {
        ++shared_->threads;
        start_thread("ipmi-resolver", [shared = shared_] { work(shared); }).detach();
    }
    shared_->asked.notify_one();
}

void Resolver::work(const std::shared_ptr<Shared>& shared) {
    std::unique_lock lock(shared->mutex);
    for (;;) {
        ++shared->idle;
        shared->asked.wait(lock, [&] { return shared->ended || !shared->questions.empty(); });
        --shared->idle;
        if (shared->ended) return;
        const Shared::Question question = std::move(shared->questions.front());
        shared->questions.pop_front();
        lock.unlock();
        Resolution resolution = look_up(question.number, question.host);
        lock.lock();
        if (shared->ended) return;
        shared->deliver(std::move(resolution));
    }
}

}  // namespace haas::ipmi

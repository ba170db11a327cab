#include "core/auth/throttle.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace haas::auth {

std::string network_of(std::string_view peer) {
    if (!peer.starts_with('[')) return std::string(peer.substr(0, peer.find(':')));
    const std::string text(peer.substr(1, peer.find_first_of("]%") - 1));
    in6_addr address{};
    if (::inet_pton(AF_INET6, text.c_str(), &address) != 1) return std::string(peer);
    std::array<char, INET6_ADDRSTRLEN> written{};
    if (IN6_IS_ADDR_V4MAPPED(&address)) {
        ::inet_ntop(AF_INET, &address.s6_addr[12], written.data(), written.size());
        return written.data();
    }
    std::fill(std::begin(address.s6_addr) + 8, std::end(address.s6_addr), std::uint8_t{0});
    ::inet_ntop(AF_INET6, &address, written.data(), written.size());
    return std::string(written.data()) + "/64";
}

std::optional<Loop::Duration> Throttle::pause(const std::string& network, const std::string& name, Loop::Time now) const {
    const auto found = entries_.find({network, name});
    if (found == entries_.end() || found->second.paused_until <= now) return std::nullopt;
    return found->second.paused_until - now;
}

void Throttle::attempt(const std::string& network, const std::string& name, Loop::Time now) {
    const auto [found, is_new] = entries_.try_emplace({network, name});
    Entry& entry = found->second;
    if (is_new) {
        entry.age = by_age_.insert(by_age_.end(), found->first);
    } else {
        by_age_.splice(by_age_.end(), by_age_, entry.age);
        if (now - entry.last > forgets_after) entry.attempts = 0;
    }
    ++entry.attempts;
    entry.last = now;
    if (entry.attempts >= free_attempts) {
        // Beyond six doublings it is the longest anyway.
        const auto doubled = first_pause * (1U << std::min(entry.attempts - free_attempts, 6U));
        entry.paused_until = now + std::min<std::chrono::seconds>(doubled, longest_pause);
    }
    if (entries_.size() > most_entries) {
        entries_.erase(by_age_.front());
        by_age_.pop_front();
    }
}

void Throttle::succeeded(const std::string& network, const std::string& name) {
    const auto found = entries_.find({network, name});
    if (found == entries_.end()) return;
    by_age_.erase(found->second.age);
    entries_.erase(found);
}

}  // namespace haas::auth

// How often wrong passwords may be tried: counted for one peer and one name together, so that who guesses holds up
// nobody else.  Knows no password.  Private to core/auth.
#pragma once

#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/loop.hpp"

namespace haas::auth {

// Whose attempts count together: an IPv4 address, or the /64 of an IPv6 one, since every host has that many addresses.
// `peer` is "10.0.0.1:4711" or "[::1]:4711"; anything else stands for itself.
std::string network_of(std::string_view peer);

class Throttle {
public:
    static constexpr unsigned free_attempts = 5;
    static constexpr std::chrono::seconds first_pause{1};      // doubles with each further attempt
    static constexpr std::chrono::seconds longest_pause{60};
    static constexpr std::chrono::minutes forgets_after{15};
    static constexpr std::size_t most_entries = 10'000;        // the one that was quiet longest makes room

    // How long nothing may be tried any more; nothing: now.
    std::optional<Loop::Duration> pause(const std::string& network, const std::string& name, Loop::Time now) const;
    // Something is about to be tried.  It counts as wrong until succeeded(), so that many at once gain nothing.
    void attempt(const std::string& network, const std::string& name, Loop::Time now);
    void succeeded(const std::string& network, const std::string& name);

    std::size_t size() const noexcept { return entries_.size(); }

private:
    using Key = std::pair<std::string, std::string>;
    struct Entry {
        unsigned attempts = 0;
        Loop::Time last{};
        Loop::Time paused_until{};
        std::list<Key>::iterator age{};
    };

    std::map<Key, Entry> entries_;
    std::list<Key> by_age_;  // who tried last stands last
};

}  // namespace haas::auth

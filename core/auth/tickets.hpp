// One-use tickets for the WebSocket of a console: a browser cannot send a header with it, so it fetches a ticket with its
// credentials and puts that into the URL.  A ticket stands for its maker on one node, once and not for long: a URL ends up
// in logs and histories.  Knows no HTTP, and no text of a ticket but while making it.  For the loop's thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/auth/digest.hpp"
#include "core/auth/grant.hpp"
#include "core/auth/principal.hpp"
#include "core/base/loop.hpp"
#include "core/base/result.hpp"
#include "core/base/secret.hpp"

namespace haas::auth {

class Tickets {
public:
    static constexpr std::chrono::seconds lifetime{30};
    static constexpr std::size_t most = 4096;
    static constexpr std::size_t most_of_an_account = 1024;  // nobody can take them all

    // The loop outlives it.
    explicit Tickets(Loop& loop) : loop_(loop) {}
    Tickets(const Tickets&) = delete;
    Tickets& operator=(const Tickets&) = delete;

    // "hwt_" and 43 characters of base64url.  Counts until it is spent, its lifetime is over or the principal's grant ends.
    // Errc::busy: there are too many; Errc::unauthenticated: the grant has ended.
    Result<Secret> create(const Principal& principal, std::string_view node);

    // Whose ticket is this?  Nothing for one that does not count, or is for another node.  The time it takes does not tell
    // how much of a guess was right.
    std::optional<Principal> peek(std::string_view text, std::string_view node) const;
    // True once.
    bool spend(std::string_view text, std::string_view node);

private:
    struct Ticket {
        Digest digest{};
        Principal principal;
        std::string node;
        Loop::Time expires{};
        Grant::Subscription grant{};
    };
    using ByAge = std::map<std::uint64_t, Ticket>;  // which is also the order in which they expire

    std::optional<std::uint64_t> find(std::string_view text, std::string_view node) const;
    void drop(std::uint64_t id);

    Loop& loop_;
    std::uint64_t last_ = 0;
    ByAge tickets_;
    std::unordered_map<Digest, std::uint64_t, DigestHash, DigestEqual> by_digest_;
};

}  // namespace haas::auth

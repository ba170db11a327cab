// The passwords that were right some minutes ago, as digests under a key that dies with the process: what was proven once
// need not be hashed again at every request.  It holds no password, and no guess can be tried against it from another
// network than the one that has proven it.  Private to core/auth.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string_view>

#include "core/base/loop.hpp"
#include "core/base/result.hpp"

namespace haas::auth {

struct Account;

class PasswordMemory {
public:
    using Digest = std::array<std::uint8_t, 32>;  // HMAC-SHA256

    static constexpr std::chrono::minutes lasts{5};
    static constexpr std::size_t most_entries = 4096;  // the oldest makes room

    static Result<PasswordMemory> make();

    Digest digest(std::string_view network, std::string_view name, std::string_view password) const;

    // Whose password it was found to be, or null.
    std::shared_ptr<const Account> find(const Digest& digest, Loop::Time now) const;
    void insert(const Digest& digest, std::shared_ptr<const Account> account, Loop::Time now);

    std::size_t size() const noexcept { return entries_.size(); }

private:
    struct Entry {
        std::shared_ptr<const Account> account;
        Loop::Time until{};
    };

    PasswordMemory() = default;

    std::array<std::uint8_t, 32> key_{};
    // No secret is compared here: without the key nobody can choose a digest.
    std::map<Digest, Entry> entries_;
    std::deque<std::pair<Loop::Time, Digest>> by_age_;  // all last equally long, so the first ends first
};

}  // namespace haas::auth
